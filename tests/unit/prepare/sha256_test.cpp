// SPDX-License-Identifier: MIT
#include "prepare/sha256.hpp"

#include <fstream>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

TEST_CASE("SHA-256 gives the examples of FIPS 180-4") {
  CHECK(resnet::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(resnet::sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("The SHA-256 of a file is that of its bytes, beyond one block too") {
  const TempFolder folder;
  const std::string million(1'000'000, 'a');  // the third example of FIPS 180-4
  std::ofstream(folder.path() / "million") << million;
  CHECK(resnet::sha256_of_file(folder.path() / "million") ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const std::string more = million + million;
  std::ofstream(folder.path() / "more") << more;
  CHECK(resnet::sha256_of_file(folder.path() / "more") == resnet::sha256(more));
  CHECK_THROWS_AS(resnet::sha256_of_file(folder.path() / "nowhere"), resnet::Error);
}
