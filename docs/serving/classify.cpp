// SPDX-License-Identifier: MIT
// Classifies a picture with an exported net and LibTorch alone: ./classify net.pt picture.ppm; see README.md.
#include <torch/script.h>

#include <fstream>
#include <iostream>

int main(int, char** argv) {
  torch::jit::Module net = torch::jit::load(argv[1]);
  std::ifstream file(argv[2], std::ios::binary);  // a binary PPM: "P6", width, height, 255, then bytes R, G, B
  std::string format;
  std::int64_t width = 0, height = 0, largest = 0;
  file >> format >> width >> height >> largest;
  file.get();
  torch::Tensor image = torch::empty({height, width, 3}, torch::kByte);
  file.read(static_cast<char*>(image.data_ptr()), image.numel());
  torch::Tensor scores = net.forward({image.permute({2, 0, 1}).unsqueeze(0)}).toTensor();
  std::cout << "class " << scores.argmax(1).item<std::int64_t>() << '\n';
}
