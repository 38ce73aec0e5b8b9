// SPDX-License-Identifier: MIT
#include "format/torch_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <utility>
#include <variant>

#include "core/error.hpp"
#include "core/shown.hpp"
#include "format/pickle.hpp"
#include "format/tar.hpp"
#include "format/torch_pickle.hpp"

namespace resnet {
namespace {

constexpr std::string_view kZipMagic = "PK\x03\x04";
// The first pickle of an old file: protocol 2 and the ten bytes of the number 0x1950a86a20f9469cfc6c. Other protocols
// differ in the second byte, and from 4 on add a frame.
constexpr std::string_view kOldMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kOldVersion = 1001;
constexpr std::size_t kOldMagicWithin = 32;

// The zip form: NAME/data.pkl, NAME/byteorder, NAME/data/0, NAME/data/1, ...

const ZipEntry* find(const std::vector<ZipEntry>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &ZipEntry::name);
  return found != entries.end() ? &*found : nullptr;
}

const ZipEntry& find_pickle(const std::vector<ZipEntry>& entries, const std::string& what) {
  const auto is_pickle = [](const ZipEntry& entry) {
    return entry.name.ends_with("/data.pkl") && std::ranges::count(entry.name, '/') == 1;
  };
  const auto found = std::ranges::find_if(entries, is_pickle);
  require(found != entries.end(), "{}: is a zip, but not one of torch.save: it has no data.pkl", what);
  require(std::ranges::count_if(entries, is_pickle) == 1, "{}: has several data.pkl", what);
  return *found;
}

TorchFile read_zip_form(std::string_view bytes, const std::string& what) {
  const auto entries = std::make_shared<const std::vector<ZipEntry>>(read_zip(bytes, what));
  const ZipEntry& data = find_pickle(*entries, what);
  const std::string folder = data.name.substr(0, data.name.find('/') + 1);
  require(entries->front().name.starts_with(folder), "{}: begins with another folder than that of its data.pkl", what);
  require(find(*entries, folder + "constants.pkl") == nullptr,
          "{}: is a program exported with TorchScript; in Python, save the state_dict of what torch.jit.load returns",
          what);
  const ZipEntry* byte_order = find(*entries, folder + "byteorder");
  require(byte_order == nullptr || byte_order->bytes == "little", "{}: comes from a machine with byte order '{}'", what,
          byte_order != nullptr ? shown(byte_order->bytes) : "");

  Storages storages;
  const std::string prefix = folder + "data/";
  for (const ZipEntry& entry : *entries) {
    if (entry.name.starts_with(prefix)) storages.emplace(entry.name.substr(prefix.size()), entry.bytes);
  }
  return {read_state_dict(read_pickle(data.bytes, what), storages, what), entries};
}

// The old form: the pickles of a magic number, a version, facts on the machine, the object and the storages' keys, one
// right after the other; then, for each key, a count of elements and the elements.

Pickle next_pickle(std::string_view& rest, const std::string& what) {
  Pickle pickle = read_pickle(rest, what);
  rest.remove_prefix(pickle.size);
  return pickle;
}

/// For those beside the object, in which nobody looks further than at what they say: Python would run all of them. They
/// say it in numbers and texts, and call nothing.
Pickle next_harmless_pickle(std::string_view& rest, const std::string& what) {
  Pickle pickle = next_pickle(rest, what);
  require_harmless(pickle, what);
  for (const Pickle::Value& value : pickle.values) {
    require(!std::holds_alternative<Pickle::Object>(value), "{}: calls something where it says what is in it", what);
  }
  return pickle;
}

void check_magic(const Pickle& pickle, const std::string& what) {
  const auto* magic = pickle.get<Pickle::BigInteger>(pickle.root);
  require(magic != nullptr && magic->bytes == kOldMagic, "{}: is not a file of torch.save", what);
}

void check_version(const Pickle& pickle, const std::string& what) {
  const auto* version = pickle.get<std::int64_t>(pickle.root);
  require(version != nullptr && *version == kOldVersion, "{}: is a file of torch.save in another version than {}", what,
          kOldVersion);
}

void check_machine(const Pickle& pickle, const std::string& what) {
  const auto* facts = pickle.get<Pickle::Dict>(pickle.root);
  require(facts != nullptr, "{}: does not say what machine it comes from", what);
  for (const auto& [key, value] : facts->entries) {
    const auto* name = pickle.get<Pickle::Text>(key);
    const auto* is_little = pickle.get<bool>(value);
    require(name == nullptr || name->text != "little_endian" || (is_little != nullptr && *is_little),
            "{}: comes from a big-endian machine", what);
  }
}

/// Bytes of an element of each storage: what the file's counts are to be multiplied by.
std::map<std::string_view, std::int64_t> element_sizes(const Pickle& object, const std::string& what) {
  std::map<std::string_view, std::int64_t> sizes;
  for (const StorageClaim& claim : storage_claims(object, what)) {
    const std::int64_t size = byte_size(claim.dtype);
    require(sizes.emplace(claim.key, size).first->second == size, "{}: storage '{}' is claimed to be of two kinds",
            what, shown(claim.key));
  }
  return sizes;
}

std::int64_t next_integer(std::string_view& rest, const std::string& what) {
  std::int64_t number = 0;
  require(rest.size() >= sizeof number, "{}: is cut off", what);
  std::memcpy(&number, rest.data(), sizeof number);
  rest.remove_prefix(sizeof number);
  return number;
}

std::string_view next_storage(std::string_view& rest, std::int64_t element_size, const std::string& what) {
  const std::int64_t count = next_integer(rest, what);
  require(count >= 0 && static_cast<std::uint64_t>(count) <= rest.size() / static_cast<std::size_t>(element_size),
          "{}: is cut off: a storage would have {} elements, but {} bytes are left", what, count, rest.size());
  const auto bytes = rest.substr(0, static_cast<std::size_t>(count * element_size));
  rest.remove_prefix(bytes.size());
  return bytes;
}

TorchFile read_old_form(std::string_view bytes, const std::string& what) {
  std::string_view rest = bytes;
  check_magic(next_harmless_pickle(rest, what), what);
  check_version(next_harmless_pickle(rest, what), what);
  check_machine(next_harmless_pickle(rest, what), what);
  const Pickle object = next_pickle(rest, what);
  const Pickle keys = next_harmless_pickle(rest, what);
  const auto* list = keys.get<Pickle::List>(keys.root);
  require(list != nullptr, "{}: does not list its storages", what);

  const auto sizes = element_sizes(object, what);
  Storages storages;
  for (const Pickle::Index index : list->items) {
    const auto* key = keys.get<Pickle::Text>(index);
    const auto size = key != nullptr ? sizes.find(key->text) : sizes.end();
    require(size != sizes.end(), "{}: lists a storage that is no tensor's", what);
    const bool is_new = storages.emplace(std::string(key->text), next_storage(rest, size->second, what)).second;
    require(is_new, "{}: storage '{}' is listed twice", what, shown(key->text));
  }
  return {read_state_dict(object, storages, what), nullptr};
}

// The first form, a tar. `storages` in it: their count; then of each its key, place and class in a pickle, and its
// elements; then which of them are parts of others. `tensors`: their count; then of each its key, that of its storage
// and its class in a pickle, and its shape, strides and offset. `pickle` is the object.

std::int64_t next_count(std::string_view& rest, const std::string& what) {
  const Pickle pickle = next_harmless_pickle(rest, what);
  const auto* count = pickle.get<std::int64_t>(pickle.root);
  require(count != nullptr && *count >= 0, "{}: does not say how many storages or tensors it has", what);
  return *count;
}

const std::vector<Pickle::Index>& items_of(const Pickle& pickle, Pickle::Index index, std::size_t count,
                                           const std::string& what) {
  const auto* tuple = pickle.get<Pickle::Tuple>(index);
  require(tuple != nullptr && tuple->items.size() == count, "{}: does not say what a storage or tensor in it is", what);
  return tuple->items;
}

struct FirstStorage {
  Dtype dtype;
  std::string_view bytes;
};

using FirstStorages = std::map<std::int64_t, FirstStorage>;

FirstStorages first_storages(std::string_view& rest, const std::string& what) {
  FirstStorages storages;
  const auto add = [&](std::int64_t key, const FirstStorage& storage) {
    require(storages.emplace(key, storage).second, "{}: has the storage {} twice", what, key);
  };
  const std::int64_t count = next_count(rest, what);
  for (std::int64_t i = 0; i < count; ++i) {
    const Pickle facts = next_harmless_pickle(rest, what);
    const auto& items = items_of(facts, facts.root, 3, what);
    const auto* type = facts.get<Pickle::Global>(items[2]);
    const auto dtype = type != nullptr ? dtype_of_storage(*type) : std::nullopt;
    require(dtype.has_value(), "{}: has a storage of a class that is not read", what);
    add(integer_at(facts, items[0], what), {*dtype, next_storage(rest, byte_size(*dtype), what)});
  }
  const Pickle parts = next_harmless_pickle(rest, what);
  const auto* list = parts.get<Pickle::List>(parts.root);
  require(list != nullptr, "{}: does not say which storages are parts of others", what);
  for (const Pickle::Index index : list->items) {
    const auto& items = items_of(parts, index, 4, what);
    const auto whole = storages.find(integer_at(parts, items[1], what));
    require(whole != storages.end(), "{}: has a part of a storage that is missing", what);
    const auto& [dtype, bytes] = whole->second;
    const auto size = static_cast<std::uint64_t>(byte_size(dtype));
    const auto first = static_cast<std::uint64_t>(integer_at(parts, items[2], what));
    const auto elements = static_cast<std::uint64_t>(integer_at(parts, items[3], what));
    require(first <= bytes.size() / size && elements <= bytes.size() / size - first,
            "{}: has a part of a storage that is not inside it", what);
    add(integer_at(parts, items[0], what), {dtype, bytes.substr(first * size, elements * size)});
  }
  return storages;
}

TensorsBeside first_tensors(std::string_view& rest, const FirstStorages& storages, const std::string& what) {
  TensorsBeside tensors;
  const std::int64_t count = next_count(rest, what);
  for (std::int64_t i = 0; i < count; ++i) {
    const Pickle facts = next_harmless_pickle(rest, what);
    const auto& items = items_of(facts, facts.root, 3, what);
    const auto storage = storages.find(integer_at(facts, items[1], what));
    require(storage != storages.end(), "{}: a tensor's storage is missing", what);
    const auto dimensions = static_cast<std::int32_t>(next_integer(rest, what));  // the lower half of it alone
    require(dimensions >= 0 && std::cmp_less_equal(dimensions, kMostDimensions), "{}: a tensor has {} dimensions", what,
            dimensions);
    TensorBeside tensor{storage->second.dtype, {}, {}, 0, storage->second.bytes};
    for (auto* numbers : {&tensor.shape, &tensor.strides}) {
      for (std::int32_t d = 0; d < dimensions; ++d) numbers->push_back(next_integer(rest, what));
    }
    tensor.offset = next_integer(rest, what);
    const std::int64_t key = integer_at(facts, items[0], what);
    require(tensors.emplace(std::to_string(key), std::move(tensor)).second, "{}: has the tensor {} twice", what, key);
  }
  return tensors;
}

void require_end(std::string_view rest, const std::string& what) {
  require(rest.empty(), "{}: has {} bytes more than it says", what, rest.size());
}

TorchFile read_first_form(std::string_view bytes, const std::string& what) {
  constexpr std::array<std::string_view, 4> kNames = {"sys_info", "storages", "tensors", "pickle"};
  auto files = read_tar(bytes, kNames, what);
  check_machine(next_harmless_pickle(files["sys_info"], what), what);
  const FirstStorages storages = first_storages(files["storages"], what);
  const TensorsBeside tensors = first_tensors(files["tensors"], storages, what);
  const Pickle object = next_pickle(files["pickle"], what);
  for (const auto& [name, rest] : files) require_end(rest, what);
  return {read_state_dict(object, tensors, what), nullptr};
}

}  // namespace

bool begins_as_torch_file(std::string_view bytes) {
  return bytes.starts_with(kZipMagic) || is_tar(bytes) ||
         bytes.substr(0, kOldMagicWithin).find(kOldMagic) != std::string_view::npos;
}

bool is_torch_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  std::array<char, kTarHeader> bytes{};
  std::ifstream in(file, std::ios::binary);
  in.read(bytes.data(), bytes.size());
  return begins_as_torch_file({bytes.data(), static_cast<std::size_t>(in.gcount())});
}

// In the order in which Python tries them: a file may have several of the three forms at once. What is refused as a tar
// Python may then take for the old form: the names in a tar that is read are no pickles.
TorchFile read_torch_file(std::string_view bytes, const std::string& what) {
  if (bytes.starts_with(kZipMagic)) return read_zip_form(bytes, what);
  return is_tar(bytes) ? read_first_form(bytes, what) : read_old_form(bytes, what);
}

std::string write_torch_file(const std::vector<NamedArray>& arrays) {
  const std::string pickle = state_dict_pickle(arrays);
  std::vector<ZipSource> entries = {
      {"archive/data.pkl", pickle}, {"archive/byteorder", "little"}, {"archive/version", "3\n"}};
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    entries.push_back({"archive/data/" + std::to_string(i), arrays[i].bytes});
  }
  return write_zip(entries);
}

}  // namespace resnet
