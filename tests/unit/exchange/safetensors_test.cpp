// SPDX-License-Identifier: MIT
#include "exchange/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Json = nlohmann::ordered_json;

// The bytes of a file by the format's own words: 8 bytes little-endian with the length of the header, header, data.
std::string file_bytes(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

TensorFile load_bytes(const std::string& bytes) {
  const TempFolder folder;
  write_atomically(folder.path() / "a.safetensors", bytes);
  return load_safetensors(folder.path() / "a.safetensors");
}

// What the reader says of the file, which must be an Error that names it.
std::string refusal(const std::string& bytes) {
  try {
    load_bytes(bytes);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.find("a.safetensors: ") == std::string::npos ? "does not name the file: " + text : text;
  } catch (const std::exception& error) {
    return std::string("not an Error: ") + error.what();
  }
  return "accepted";
}

// The refusal of a file with one tensor "w".
std::string tensor_refusal(const std::string& entry, const std::string& data) {
  return refusal(file_bytes("{\"w\":" + entry + "}", data));
}

std::string saved(const TensorFile& content) {
  const TempFolder folder;
  save_safetensors(folder.path() / "a.safetensors", content);
  return read_file(folder.path() / "a.safetensors");
}

TensorFile small_file() {
  return {{{"conv1.weight", torch::arange(6, torch::kFloat).view({2, 3})}, {"count", torch::tensor(7, torch::kLong)}},
          {{"step", "7"}}};
}

TEST_CASE("tensors of every dtype, of no elements and of no dimensions are read back bit for bit, in order") {
  TensorFile content;
  for (const auto type : {torch::kFloat, torch::kDouble, torch::kHalf, torch::kBFloat16, torch::kLong, torch::kInt,
                          torch::kShort, torch::kChar, torch::kByte, torch::kBool}) {
    const std::string name = c10::toString(type);
    content.tensors.emplace_back("z." + name, torch::arange(-3, 3).to(type).view({2, 1, 3}));
    content.tensors.emplace_back("empty." + name, torch::empty({0, 4}, type));
    content.tensors.emplace_back("a." + name, torch::tensor(1).to(type));
  }
  content.metadata = {{"step", "7"}, {"recipe", "a = \"b\"\n\xc3\xbc"}};
  const TensorFile read = load_bytes(saved(content));
  REQUIRE(read.tensors.size() == content.tensors.size());
  for (std::size_t i = 0; i < content.tensors.size(); ++i) {
    const auto& [name, tensor] = content.tensors[i];
    CAPTURE(name);
    CHECK(read.tensors[i].first == name);
    CHECK(read.tensors[i].second.scalar_type() == tensor.scalar_type());
    CHECK(read.tensors[i].second.sizes() == tensor.sizes());
    CHECK(torch::equal(read.tensors[i].second, tensor));
    REQUIRE(read.find(name) != nullptr);
    CHECK(torch::equal(*read.find(name), tensor));
  }
  CHECK(read.find("z.Complex") == nullptr);
  CHECK(read.metadata == content.metadata);
}

TEST_CASE("tensors are found by their names in one map, which has the first of two with one name, as find does") {
  const TensorFile file{{{"b", torch::tensor(1)}, {"a", torch::tensor(2)}, {"b", torch::tensor(3)}}, {}};
  const TensorsByName tensors = file.by_name();
  CHECK(tensors.size() == 2);
  for (const char* name : {"a", "b"}) CHECK(tensors.at(name) == file.find(name));
  CHECK(tensors.at("b") == &file.tensors[0].second);
  CHECK(TensorFile().by_name().empty());
}

TEST_CASE("a text that is not UTF-8, as its header must be, is refused by its key") {
  CHECK_THROWS_WITH(saved({{}, {{"classes", "caf\xe9"}}}),
                    Contains("a.safetensors: ") && Contains("'classes'") && Contains("UTF-8"));
}

TEST_CASE("a file without tensors or metadata is one") {
  CHECK(load_bytes(saved({})).tensors.empty());
  CHECK(load_bytes(saved({{}, {{"a", "b"}}})).metadata.at("a") == "b");
  CHECK(load_bytes(file_bytes("{}", "")).tensors.empty());
}

TEST_CASE("every bit of a number survives: NaN, infinity, -0 and the smallest") {
  const torch::Tensor odd = torch::tensor({std::nanf("1"), -std::numeric_limits<float>::infinity(), -0.0F, 1e-45F});
  const TensorFile read = load_bytes(saved({{{"w", odd}}, {}}));
  CHECK(std::memcmp(read.find("w")->const_data_ptr(), odd.const_data_ptr(), odd.nbytes()) == 0);
}

TEST_CASE("the bytes are those of the safetensors format") {
  const std::string bytes = saved(small_file());
  std::uint64_t length = 0;
  for (int i = 0; i < 8; ++i) length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  CHECK(length % 8 == 0);  // as the Python package has it, to keep the data aligned
  REQUIRE(bytes.size() == 8 + length + 6 * 4 + 8);
  CHECK(bytes[8] == '{');
  const Json header = Json::parse(bytes.substr(8, length));
  CHECK(header == Json::parse(R"({
    "__metadata__": {"step": "7"},
    "conv1.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "count": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}})"));
  const char* data = bytes.data() + 8 + length;
  for (int i = 0; i < 6; ++i) {
    float value = -1;
    std::memcpy(&value, data + i * sizeof value, sizeof value);
    CHECK(value == static_cast<float>(i));
  }
  CHECK(std::string(data + 24, 8) == std::string("\x07\0\0\0\0\0\0\0", 8));
}

TEST_CASE(
    "a file that another program wrote is read: no padding, offsets in another order than the names, no metadata") {
  const std::string floats("\0\0\x80\x3f\0\0\0\x40", 8);  // 1 and 2
  const TensorFile read = load_bytes(file_bytes(
      R"({"b":{"shape":[2],"data_offsets":[2,10],"dtype":"F32"},"a":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]}})",
      "\x05\x06" + floats));
  CHECK(torch::equal(*read.find("b"), torch::tensor({1.0F, 2.0F})));
  CHECK(torch::equal(*read.find("a"), torch::tensor({{5, 6}}, torch::kByte)));
  CHECK(read.metadata.empty());
}

TEST_CASE("equal content gives equal bytes, however it lies in memory; other content gives others") {
  const std::string bytes = saved(small_file());
  CHECK(saved(small_file()) == bytes);
  TensorFile strided = small_file();
  strided.tensors[0].second = strided.tensors[0].second.t().contiguous().t();
  REQUIRE_FALSE(strided.tensors[0].second.is_contiguous());
  CHECK(saved(strided) == bytes);
  TensorFile with_gradient = small_file();
  with_gradient.tensors[0].second.requires_grad_();
  CHECK(saved(with_gradient) == bytes);
  TensorFile other = small_file();
  other.tensors[0].second[0][0] = 1;
  CHECK(saved(other) != bytes);
  CHECK(saved(load_bytes(bytes)) == bytes);
}

TEST_CASE("a dtype that the format lacks is refused by the tensor's name, and no file is left") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  CHECK_THROWS_WITH(save_safetensors(path, {{{"phase", torch::zeros({1}, torch::kComplexFloat)}}, {}}),
                    Contains(path.string() + ": the dtype of 'phase'"));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("on a full disk the old file stands") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.safetensors";
  save_safetensors(path, small_file());
  const std::string before = read_file(path);
  {
    const FullDisk full(1000);
    CHECK_THROWS_AS(save_safetensors(path, {{{"w", torch::zeros({1000})}}, {}}), Error);
  }
  CHECK(read_file(path) == before);
}

TEST_CASE("a file cut off at any length is refused, and so is one that goes on") {
  const std::string whole = saved(small_file());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_THAT(refusal(whole.substr(0, length)), Contains("is not a safetensors file") || Contains("do not fit"));
  }
  CHECK_THAT(refusal(whole + "x"), Contains("is not a safetensors file"));
  REQUIRE(refusal(whole) == "accepted");
}

TEST_CASE("a file with any one byte of its header changed is refused or read, and nothing worse") {
  const std::string whole = saved(small_file());
  const std::size_t header_end = whole.size() - 32;
  for (std::size_t i = 0; i < header_end; ++i) {
    for (const char c : {'\0', '"', '{', '[', ',', '9', '-', '\xff'}) {
      std::string changed = whole;
      changed[i] = c;
      CAPTURE(i, c);
      CHECK_THAT(refusal(changed), !Contains("not an Error") && !Contains("does not name"));
    }
  }
}

TEST_CASE("a header of an impossible length is refused before anything is read") {
  const std::string whole = saved(small_file());
  for (const std::uint64_t length : {std::uint64_t{1} << 63, ~std::uint64_t{0}, ~std::uint64_t{0} - 7,
                                     static_cast<std::uint64_t>(whole.size()), std::uint64_t{1} << 32}) {
    std::string changed = whole;
    std::memcpy(changed.data(), &length, sizeof length);
    CHECK_THAT(refusal(changed), Contains("its header would have " + std::to_string(length) + " bytes"));
  }
}

TEST_CASE("a header that is no JSON object is refused") {
  for (const std::string& header :
       {std::string(), std::string("[]"), std::string("null"), std::string("3"), std::string("\"w\""), std::string("{"),
        std::string("{\"w\":}"), std::string("{}{}"), std::string("{\"\xff\":{}}"), std::string("nan"),
        std::string(200'000, '['), std::string(200'000, '{')}) {
    CAPTURE(header.substr(0, 20));
    CHECK_THAT(refusal(file_bytes(header, "")), Contains("its header is not a JSON object"));
  }
}

TEST_CASE("JSON nested a hundred thousand deep is refused, wherever it stands, without a stack overflow") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  objects += '1';
  objects.append(100'000, '}');
  for (const std::string& value : {deep, objects}) {
    const std::vector<std::string> headers = {
        value,
        "{\"w\":" + value + "}",
        "{\"__metadata__\":" + value + "}",
        "{\"__metadata__\":{\"a\":" + value + "}}",
        "{\"w\":{\"dtype\":" + value + ",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":" + value + ",\"data_offsets\":[0,4]}}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + value + "}}"};
    for (const std::string& header : headers) {
      CAPTURE(header.substr(0, 40));
      const std::string answer = refusal(file_bytes(header, "1234"));
      CHECK_THAT(answer.substr(0, 200), Contains("a.safetensors: "));
      CHECK(answer != "accepted");
    }
  }
}

TEST_CASE("metadata other than texts is refused") {
  for (const char* metadata : {"3", "null", "[]", "\"a\"", R"({"a":1})", R"({"a":null})", R"({"a":["b"]})",
                               R"([["a","b"]])", R"({"a":"b","c":{}})"}) {
    CAPTURE(metadata);
    CHECK_THAT(refusal(file_bytes("{\"__metadata__\":" + std::string(metadata) + "}", "")),
               Contains("is not a safetensors file"));
  }
}

TEST_CASE("a tensor's entry without its three fields, or with others in their place, is refused") {
  for (const char* entry :
       {"3", "null", "[]", "{}", R"({"dtype":"F32","shape":[1]})", R"({"dtype":"F32","data_offsets":[0,4]})",
        R"({"shape":[1],"data_offsets":[0,4]})", R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})", R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":{"0":1},"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[null],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1.9],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[true],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":[0.0,4]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":[false,4]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":"04"})"}) {
    CAPTURE(entry);
    CHECK_THAT(tensor_refusal(entry, "1234"), Contains("a.safetensors: "));
  }
  CHECK(tensor_refusal(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})", "1234") == "accepted");
}

TEST_CASE("an unknown dtype is refused by name") {
  for (const char* dtype : {"F8_E4M3", "f32", "", "F32 ", "C64"}) {
    CHECK_THAT(
        tensor_refusal("{\"dtype\":\"" + std::string(dtype) + "\",\"shape\":[1],\"data_offsets\":[0,4]}", "1234"),
        Contains("a.safetensors: 'w': the dtype '" + std::string(dtype) + "' is unknown"));
  }
}

TEST_CASE("a negative or overflowing shape is refused") {
  for (const char* shape :
       {"[-1]", "[-1,-1]", "[4611686018427387904,4]", "[4294967296,4294967296]", "[9223372036854775807]",
        "[9223372036854775808]", "[18446744073709551615]", "[18446744073709551616]", "[1e300]",
        "[4611686018427387904,4611686018427387904,0]", "[0,4611686018427387904,4611686018427387904]", "[0,-1]"}) {
    CAPTURE(shape);
    for (const char* offsets : {"[0,4]", "[0,0]"}) {
      const std::string entry =
          "{\"dtype\":\"F32\",\"shape\":" + std::string(shape) + ",\"data_offsets\":" + offsets + "}";
      CHECK_THAT(tensor_refusal(entry, offsets == std::string("[0,0]") ? "" : "1234"), Contains("a.safetensors: "));
    }
  }
}

TEST_CASE("offsets that do not fit the shape and the file are refused") {
  for (const char* offsets :
       {"[0,3]", "[0,5]", "[0,8]", "[4,0]", "[1,5]", "[4,8]", "[-4,0]", "[-1,3]", "[0]", "[]", "[0,2,4]",
        "[18446744073709551612,0]", "[18446744073709551612,18446744073709551616]", "[4294967296,4294967300]"}) {
    CAPTURE(offsets);
    CHECK_THAT(
        tensor_refusal("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" + std::string(offsets) + "}", "1234"),
        Contains("a.safetensors: "));
  }
}

TEST_CASE("tensors that share bytes, or leave some to nobody, are refused, as the Python package does") {
  const auto two = [](const std::string& a, const std::string& b) {
    const auto entry = [](const std::string& offsets) {
      return R"({"dtype":"U8","shape":[4],"data_offsets":)" + offsets + "}";
    };
    return "{\"a\":" + entry(a) + ",\"b\":" + entry(b) + "}";
  };
  CHECK(refusal(file_bytes(two("[4,8]", "[0,4]"), "12345678")) == "accepted");
  CHECK_THAT(refusal(file_bytes(two("[0,4]", "[0,4]"), "1234")), Contains("is not a safetensors file"));
  CHECK_THAT(refusal(file_bytes(two("[0,4]", "[2,6]"), "123456")), Contains("is not a safetensors file"));
  CHECK_THAT(refusal(file_bytes(two("[0,4]", "[5,9]"), "123456789")), Contains("is not a safetensors file"));
  CHECK_THAT(refusal(file_bytes(two("[1,5]", "[5,9]"), "123456789")), Contains("is not a safetensors file"));
  CHECK_THAT(refusal(file_bytes(two("[0,4]", "[4,8]"), "123456789")), Contains("is not a safetensors file"));
}

TEST_CASE("a missing file and a folder are refused by name") {
  const TempFolder folder;
  CHECK_THROWS_WITH(load_safetensors(folder.path() / "none"), Contains("none: no such file"));
  CHECK_THROWS_WITH(load_safetensors(folder.path()), Contains(folder.path().string() + ": is not a regular file"));
}

TEST_CASE("a header of very many names takes no longer than its length justifies, and keeps the order of the bytes") {
  std::string header = "{";
  constexpr int kNames = 100'000;  // compared one with another, they would take minutes
  for (int i = kNames; i > 0; --i) {
    header += "\"n" + std::to_string(i) + R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" +
              std::to_string(kNames - i) + "," + std::to_string(kNames - i + 1) + "]}" + (i > 1 ? "," : "}");
  }
  const TensorFile file = load_bytes(file_bytes(header, std::string(kNames, 'x')));
  REQUIRE(file.tensors.size() == kNames);
  CHECK(file.tensors.front().first == "n100000");
  CHECK(file.tensors.back().first == "n1");
}

}  // namespace
}  // namespace resnet
