// SPDX-License-Identifier: MIT
#include "format/torch_file.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "format/weights_file.hpp"
#include "support/catch.hpp"
#include "support/pickle_bytes.hpp"
#include "support/tar_bytes.hpp"
#include "support/temp_folder.hpp"
#include "support/zip_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using namespace pickle_bytes;
using Catch::Contains;

const std::string kBytes = "0123456789abcdef";
const std::string kObject = ordered_dict({{"w", tensor(storage("FloatStorage", "94", 4), 0, {2, 2}, {2, 1})},
                                          {"t", tensor(storage("FloatStorage", "94", 4), 0, {2, 2}, {1, 2})},
                                          {"n", tensor(storage("LongStorage", "95", 1), 0, {}, {})}});

std::vector<zip_bytes::Entry> zip_entries() {
  return {{"net/data.pkl", whole(kObject)},
          {"net/byteorder", "little"},
          {"net/data/94", kBytes},
          {"net/data/95", kBytes.substr(0, 8)},
          {"net/version", "3\n"}};
}

std::string zip_form() { return zip_bytes::zip(zip_entries()); }

std::string old_form() { return old_file(kObject, {{"94", 4, kBytes}, {"95", 1, kBytes.substr(0, 8)}}); }

std::string refusal(const std::string& bytes) {
  try {
    read_torch_file(bytes, "a.pth");
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.starts_with("a.pth: ") ? text : "does not name the file: " + text;
  }
  return "accepted";
}

TEST_CASE("a state_dict is read from both forms of torch.save") {
  for (const std::string& bytes : {zip_form(), old_form()}) {
    CHECK(begins_as_torch_file(bytes));
    const TorchFile file = read_torch_file(bytes, "a.pth");
    REQUIRE(file.arrays.size() == 3);
    CHECK(file.arrays[0].name == "w");
    CHECK(file.arrays[0].bytes == kBytes);
    CHECK(file.arrays[1].name == "t");
    CHECK(file.arrays[1].strides == std::vector<std::int64_t>{1, 2});
    CHECK(file.arrays[1].bytes == kBytes);
    CHECK(file.arrays[2].shape.empty());
    CHECK(file.arrays[2].bytes == kBytes.substr(0, 8));
  }
}

const std::string kFirstObject = ordered_dict({{"w", tar_bytes::tensor_beside(21)},
                                               {"t", tar_bytes::tensor_beside(22)},
                                               {"n", tar_bytes::tensor_beside(23)},
                                               {"part", tar_bytes::tensor_beside(24)}});

TEST_CASE("a state_dict is read from torch.save's first form, a tar") {
  std::vector<tar_bytes::Member> members = tar_bytes::first_form(kFirstObject, kBytes);
  members.insert(members.begin() + 1, tar_bytes::facts());
  const std::string bytes = tar_bytes::tar(members);
  CHECK(begins_as_torch_file(bytes));
  const TorchFile file = read_torch_file(bytes, "a.pth");
  REQUIRE(file.arrays.size() == 4);
  CHECK(file.arrays[0].name == "w");
  CHECK(file.arrays[0].dtype == Dtype::kFloat32);
  CHECK(file.arrays[0].bytes == kBytes);
  CHECK(file.arrays[1].strides == std::vector<std::int64_t>{1, 2});
  CHECK(file.arrays[1].bytes == kBytes);
  CHECK(file.arrays[2].dtype == Dtype::kInt64);
  CHECK(file.arrays[2].bytes == kBytes.substr(0, 8));
  CHECK(file.arrays[3].bytes == kBytes.substr(8, 4));
}

TEST_CASE("a file of the first form is refused if any of its pickles would run code, or its parts do not fit") {
  const std::string hostile = call(global("os", "system"), {text("true")});
  for (std::size_t i = 0; i < 4; ++i) {
    const std::vector<tar_bytes::Member> whole_form = tar_bytes::first_form(kFirstObject, kBytes);
    std::vector<tar_bytes::Member> members = whole_form;
    members[i] = tar_bytes::first_form(kFirstObject, kBytes, hostile + "0")[i];
    CAPTURE(members[i].name);
    CHECK_THAT(refusal(tar_bytes::tar(members)), Contains("names 'os.system'"));
    members = whole_form;
    members[i].bytes += whole(hostile);  // behind what is read
    CHECK_THAT(refusal(tar_bytes::tar(members)), Contains("bytes more than it says"));
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_THAT(refusal(tar_bytes::tar(members)), Contains("is a tar, but has no '" + whole_form[i].name + "' in it"));
    for (std::size_t size = 0; size < whole_form[i].bytes.size(); ++size) {
      members = whole_form;
      members[i].bytes.resize(size);
      CAPTURE(size);
      CHECK(refusal(tar_bytes::tar(members)).starts_with("a.pth: "));
    }
  }
  // Whole Modules: the class outside the pickle, as it was and as it may be hidden.
  const std::vector<std::string> parts = {global("torch.nn", "Container"), text("net.py"), text("class Net")};
  CHECK_THAT(refusal(tar_bytes::tar(tar_bytes::first_form(tuple(parts) + "Q", kBytes))),
             Contains("holds a whole pickled Module"));
  const std::string hidden =
      call(global("builtins", "tuple"), {"](" + global("torch", "Size") + parts[1] + parts[2] + "e"}) + "Q0";
  CHECK_THAT(refusal(tar_bytes::tar(tar_bytes::first_form(hidden + kFirstObject, kBytes))),
             Contains("refers to something outside it that is no tensor"));
}

TEST_CASE("a file that is a tar for one reader and of the old form for another is refused") {
  // The version's pickle drops a text, in which the header of a tar ends that begins with the file.
  const std::string magic = whole("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s);
  const std::string begin = magic + "\x80\x02X"s + little_endian(std::uint32_t{512 - 22 + 1024});
  const std::string rest_of_header = tar_bytes::header({"", ""}).substr(begin.size());
  const std::string hostile = tar_bytes::tar({{"storages", whole(call(global("os", "system"), {text("true")}))}});
  const std::string old = old_form();
  const std::string end = hostile.substr(0, 1024) + "0M\xe9\x03."s + old.substr(old.find("M\xe9\x03.") + 4);
  CHECK_THAT(refusal(tar_bytes::with_checksum(begin + rest_of_header) + end), Contains("expected sys_info, storages"));
  CHECK(refusal(begin + rest_of_header + end) == "accepted");  // where the checksum is wrong it is no tar for anyone

  // And the other way round: a name that is a pickle, in a tar that Python finds fault with.
  std::vector<tar_bytes::Member> members = tar_bytes::first_form(kFirstObject, kBytes);
  members.insert(members.begin(), {call(global("os", "system"), {text("true")}) + ".", ""});
  CHECK_THAT(refusal(tar_bytes::tar(members)), Contains("expected sys_info, storages"));
}

TEST_CASE("a pickle in a frame ends where its frame does, as Python goes on to read behind that") {
  const std::string magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  const std::string rest = old_form().substr(magic.size() + 2);
  const auto framed = [&](std::uint64_t size) { return "\x80\x04\x95"s + little_endian(size) + magic + rest; };
  CHECK(refusal(framed(magic.size())) == "accepted");
  CHECK_THAT(refusal(framed(magic.size() + rest.size())), Contains("it ends before its frame does"));
  CHECK_THAT(refusal(framed(magic.size() + rest.size() + 1)), Contains("a frame ends after the file"));
  CHECK_THAT(refusal("\x80\x04\x95"s + little_endian(std::uint64_t{40}) + "\x95"s + little_endian(std::uint64_t{31}) +
                     magic + rest),
             Contains("a frame begins inside another"));
  CHECK_THAT(refusal(framed(5)), Contains("an opcode stands partly in a frame and partly behind it"));
}

TEST_CASE("old files are known whatever protocol they were pickled with") {
  // pickle.dumps(0x1950a86a20f9469cfc6c, protocol) of CPython 3.11
  CHECK(begins_as_torch_file("\x80\x03\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s));
  CHECK(begins_as_torch_file(
      "\x80\x04\x95\r\x00\x00\x00\x00\x00\x00\x00\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s));
  CHECK_FALSE(begins_as_torch_file("\x80\x02K\x01."s));
  CHECK_FALSE(begins_as_torch_file(""));
}

TEST_CASE("a file of either form, cut off at any length, is refused") {
  for (const std::string& whole_file : {zip_form(), old_form()}) {
    for (std::size_t length = 0; length < whole_file.size(); ++length) {
      CAPTURE(length);
      CHECK(refusal(whole_file.substr(0, length)).starts_with("a.pth: "));
    }
  }
}

TEST_CASE("a storage of another size than its tensor's pickle says is refused, in both forms") {
  auto entries = zip_entries();
  entries[2].packed += "x";
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("storage '94' has 17 bytes, expected 4 elements of 4"));
  CHECK_THAT(refusal(old_file(kObject, {{"94", 3, kBytes.substr(4)}, {"95", 1, kBytes.substr(8)}})),
             Contains("storage '94' has 12 bytes, expected 4 elements of 4"));
}

TEST_CASE("an old file's counts are checked against the bytes that are left") {
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{9}, std::int64_t{1} << 62, INT64_MIN, INT64_MAX}) {
    CHECK_THAT(refusal(old_file(kObject, {{"94", count, kBytes}, {"95", 1, kBytes.substr(8)}})),
               Contains("is cut off: a storage would have " + std::to_string(count) + " elements"));
  }
}

TEST_CASE("an old file whose list of storages does not fit its tensors is refused") {
  CHECK_THAT(refusal(old_file(kObject, {{"94", 4, kBytes}})), Contains("its storage '95' is missing"));
  CHECK_THAT(refusal(old_file(kObject, {{"96", 4, kBytes}})), Contains("lists a storage that is no tensor's"));
  CHECK_THAT(refusal(old_file(kObject, {{"94", 4, kBytes}, {"94", 4, kBytes}})),
             Contains("storage '94' is listed twice"));
  const std::string two_kinds = dict({{"a", tensor(storage("FloatStorage", "94", 4), 0, {4}, {1})},
                                      {"b", tensor(storage("LongStorage", "94", 2), 0, {2}, {1})}});
  CHECK_THAT(refusal(old_file(two_kinds, {{"94", 4, kBytes}})), Contains("claimed to be of two kinds"));
}

TEST_CASE("files from a big-endian machine, of another version, and zips of something else are refused") {
  auto entries = zip_entries();
  entries[1].packed = "big";
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("byte order 'big'"));
  std::string old = old_form();
  old[old.find("little_endian") + 13] = '\x89';
  CHECK_THAT(refusal(old), Contains("comes from a big-endian machine"));
  old = old_form();
  old[old.find("M\xe9\x03") + 1] = '\x01';
  CHECK_THAT(refusal(old), Contains("in another version than 1001"));
  CHECK_THAT(refusal(zip_bytes::zip({{"word/document.xml", "x"}})), Contains("it has no data.pkl"));
  entries = zip_entries();
  entries.push_back({"other/data.pkl", "x"});
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("has several data.pkl"));
}

TEST_CASE("a program of TorchScript is refused, and the cure named") {
  auto entries = zip_entries();
  entries.push_back({"net/constants.pkl", "x"});
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("exported with TorchScript") && Contains("torch.jit.load"));
}

TEST_CASE("a zip with names that differ in case alone, of which Python may take either, is refused") {
  auto entries = zip_entries();
  entries.push_back({"net/DATA.PKL", whole(call(global("os", "system"), {text("true")}))});
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("'net/DATA.PKL' in it: is there twice"));
}

TEST_CASE("a zip in which readers could find other files than are read here is refused") {
  // Names that differ before the files and in the directory.
  auto entries = zip_entries();
  entries.push_back({"net/data.xxx", whole(call(global("os", "system"), {text("true")}))});
  std::string swapped = zip_bytes::zip(entries);
  const std::size_t directory = swapped.find("PK\x01\x02");
  swapped.replace(swapped.find("net/data.pkl", directory), 12, "net/data.zzz");
  swapped.replace(swapped.find("net/data.xxx", directory), 12, "net/data.pkl");
  CHECK_THAT(refusal(swapped), Contains("has another name in its directory"));

  // Two directories: one at the place that is said, and one right before the end.
  const std::string whole_zip = zip_form();
  const std::size_t begin = whole_zip.find("PK\x01\x02");
  const std::size_t end = whole_zip.find("PK\x05\x06");
  const std::string twice = whole_zip.substr(0, end) + whole_zip.substr(begin, end - begin) + whole_zip.substr(end);
  CHECK_THAT(refusal(twice), Contains("its directory does not end at the record that says so"));
  entries = zip_entries();
  entries.insert(entries.begin(), {"a/DATA.PKL", whole(call(global("os", "system"), {text("true")}))});
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("begins with another folder"));
  CHECK_THAT(refusal(zip_form() + "more"), Contains("the record that ends its directory is not at its end"));
}

TEST_CASE("a zip whose folder has a name beyond ASCII is read, as early torch.save named it after the file") {
  auto entries = zip_entries();
  for (auto& entry : entries) {
    entry.name.replace(0, 3, "mod\xc3\xa8le");
    entry.flags = 0x800;  // the name is UTF-8
  }
  CHECK(read_torch_file(zip_bytes::zip(entries), "a.pth").arrays.size() == 3);
}

TEST_CASE("a zip whose pickle would run code is refused") {
  auto entries = zip_entries();
  entries[0].packed = whole(call(global("os", "system"), {text("true")}));
  CHECK_THAT(refusal(zip_bytes::zip(entries)), Contains("a.pth: names 'os.system'"));
}

TEST_CASE("an old file is refused if any of its five pickles would run code, though it throws the result away") {
  const std::string run_code = call(global("os", "system"), {text("echo")}) + "0";  // 0: pop
  const std::vector<StorageData> storages = {{"94", 4, kBytes}, {"95", 1, kBytes.substr(0, 8)}};
  for (std::size_t place = 0; place < 5; ++place) {
    CAPTURE(place);
    std::array<std::string, 5> first;
    first[place] = run_code;
    CHECK_THAT(refusal(old_file(kObject, storages, first)), Contains("names 'os.system', which could run code"));
    first[place] = text("") + "0";
    CHECK(refusal(old_file(kObject, storages, first)) == "accepted");
  }
}

TEST_CASE("an old file of a whole Module, whose class lies outside its pickle, is refused as one") {
  const std::string type = tuple({text("module"), global("__main__", "Net"), "N", "N"}) + "Q";
  const std::string module = type + ")\x81" + dict({{"_modules", "}"}, {"_parameters", kObject}}) + "b";
  CHECK_THAT(refusal(old_file(module, {{"94", 4, kBytes}, {"95", 1, kBytes.substr(0, 8)}})),
             Contains("holds a whole pickled Module"));
}

TEST_CASE("what we write, we read; equal arrays give equal bytes") {
  const std::vector<NamedArray> arrays = {{"a.w", Dtype::kFloat32, {2, 2}, {2, 1}, kBytes},
                                          {"a.n", Dtype::kInt64, {}, {}, std::string_view(kBytes).substr(8)},
                                          {"empty", Dtype::kFloat16, {0, 3}, {3, 1}, {}}};
  const std::string bytes = write_torch_file(arrays);
  CHECK(write_torch_file(arrays) == bytes);
  const TorchFile file = read_torch_file(bytes, "a.pth");
  REQUIRE(file.arrays.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(file.arrays[i].name == arrays[i].name);
    CHECK(file.arrays[i].dtype == arrays[i].dtype);
    CHECK(file.arrays[i].shape == arrays[i].shape);
    CHECK(file.arrays[i].bytes == arrays[i].bytes);
  }
}

TEST_CASE("a file of torch.save's first form is known by its start, though that is a whole header; a folder is none") {
  const TempFolder folder;
  write_atomically(folder.path() / "first", tar_bytes::tar(tar_bytes::first_form(kFirstObject, kBytes)));
  CHECK(is_torch_file(folder.path() / "first"));
  write_atomically(folder.path() / "cut", read_file(folder.path() / "first").substr(0, 511));
  CHECK_FALSE(is_torch_file(folder.path() / "cut"));
  CHECK_FALSE(is_torch_file(folder.path()));
  CHECK_FALSE(is_torch_file(folder.path() / "nowhere"));
}

TEST_CASE("a file of weights is known by its bytes, whatever its name") {
  const TempFolder folder;
  write_atomically(folder.path() / "zip", zip_form());
  write_atomically(folder.path() / "old", old_form());
  const std::string header = R"({"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})";
  write_atomically(folder.path() / "safe", little_endian(std::uint64_t{header.size()}) + header + kBytes);
  write_atomically(folder.path() / "text", "hello, world");
  for (const char* name : {"zip", "old"}) {
    const WeightsFile file(folder.path() / name);
    CHECK(file.format() == "torch.save");
    REQUIRE(file.arrays().size() == 3);
    CHECK(file.arrays()[0].bytes == kBytes);
  }
  CHECK(is_torch_file(folder.path() / "zip"));
  CHECK(is_torch_file(folder.path() / "old"));
  CHECK_FALSE(is_torch_file(folder.path() / "safe"));
  CHECK_FALSE(is_torch_file(folder.path() / "text"));
  const WeightsFile safe(folder.path() / "safe");
  CHECK(safe.format() == "safetensors");
  CHECK(safe.arrays().at(0).bytes == kBytes);
  CHECK_THROWS_WITH(WeightsFile(folder.path() / "text"), Contains("text: is neither a safetensors file nor one of"));
  CHECK_THROWS_WITH(WeightsFile(folder.path() / "none"), Contains("none: no such file"));
}

}  // namespace
}  // namespace resnet
