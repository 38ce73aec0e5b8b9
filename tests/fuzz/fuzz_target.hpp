// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What a fuzz target offers: one input from libFuzzer, or from tests/fuzz/driver.cpp, given to a reader.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Sound inputs, which the driver changes at random.
std::vector<std::string> seed_inputs();

/// Gives the bytes to the reader, for which resnet::Error is the one answer beside success; anything else that is
/// thrown, or memory beyond what the bytes justify and `room` allows, ends the process.
void read_within_bounds(const std::uint8_t* data, std::size_t size, void (*reader)(const std::string& bytes),
                        std::size_t room = 0);
