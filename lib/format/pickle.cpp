// SPDX-License-Identifier: MIT
#include "format/pickle.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "core/error.hpp"

// The opcodes are those of Python's pickletools, which says of each what it does to the stack.

namespace resnet {
namespace {

using Index = Pickle::Index;

constexpr std::size_t kMost = std::size_t{1} << 22;  // of each thing that one byte of the file makes one of
constexpr int kNewestProtocol = 5;

class PickleReader {
 public:
  PickleReader(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {
    pickle_.values = {Pickle::None(), false, true};  // shared by all: one byte of the file makes one
  }

  Pickle read() {
    for (;;) {
      opcode_at_ = at_;
      const auto opcode = number<unsigned char>();
      if (opcode == '.') break;
      execute(opcode);
    }
    check(at_ >= frame_end_, "it ends before its frame does");
    pickle_.root = pop();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  static constexpr Index kNone = 0;
  static constexpr Index kFalse = 1;
  static constexpr Index kTrue = 2;

  void execute(unsigned char opcode);

  void check(bool sound, std::string_view fault) const {
    require(sound, "{}: is not a sound pickle: at byte {}, {}", what_, opcode_at_, fault);
  }

  void check_room(std::size_t count) const {
    check(count < kMost, "it has more than 4 million values, or as many marks or copies, far more than weights need");
  }

  // What the opcodes carry.

  std::string_view take(std::uint64_t count) {
    check(count <= bytes_.size() - at_, "it ends too early");
    check(at_ >= frame_end_ || count <= frame_end_ - at_, "an opcode stands partly in a frame and partly behind it");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  template <typename Length>
  std::string_view counted() {
    return take(number<Length>());
  }

  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    check(end != std::string_view::npos, "it ends too early");
    const std::string_view whole = take(end + 1 - at_);
    return whole.substr(0, whole.size() - 1);
  }

  std::string_view plain_line() {
    const std::string_view text = line();
    check(text.find('\\') == std::string_view::npos, "it has a text with escapes, which are not read");
    return text;
  }

  std::string_view quoted_line() {
    const std::string_view text = plain_line();
    check(text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0], "a text has no quotes");
    return text.substr(1, text.size() - 2);
  }

  template <typename T>
  T decimal(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    check(error == std::errc() && end == text.data() + text.size(), "it has a number that cannot be read");
    return value;
  }

  double big_endian_double() {
    std::string reversed(take(sizeof(double)));
    std::ranges::reverse(reversed);
    double value = 0;
    std::memcpy(&value, reversed.data(), sizeof value);
    return value;
  }

  Pickle::Value integer(std::string_view bytes) const {
    if (bytes.size() > sizeof(std::int64_t)) return Pickle::BigInteger{bytes};
    const bool is_negative = !bytes.empty() && static_cast<signed char>(bytes.back()) < 0;
    std::int64_t value = is_negative ? -1 : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

  // The stack. Below the last mark nothing is taken.

  void push(Index index) {
    check_room(stack_.size());
    stack_.push_back(index);
  }

  void push_new(Pickle::Value value) {
    check_room(pickle_.values.size());
    push(static_cast<Index>(pickle_.values.size()));
    pickle_.values.push_back(std::move(value));
  }

  bool is_empty() const { return stack_.size() == (marks_.empty() ? 0 : marks_.back()); }

  Index top() const {
    check(!is_empty(), "it takes from an empty stack");
    return stack_.back();
  }

  Index pop() {
    const Index index = top();
    stack_.pop_back();
    return index;
  }

  void push_mark() {
    check_room(marks_.size());
    marks_.push_back(stack_.size());
  }

  std::vector<Index> pop_to_mark() {
    check(!marks_.empty(), "it looks for a mark that was not set");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Index> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }

  void pop_value_or_mark() {
    if (is_empty() && !marks_.empty()) {
      marks_.pop_back();
    } else {
      pop();
    }
  }

  // The memo.

  void put(std::uint64_t key) {
    check_room(memo_.size());
    memo_[key] = top();
  }

  void get(std::uint64_t key) {
    const auto found = memo_.find(key);
    check(found != memo_.end(), "it recalls a value that was not memorised");
    push(found->second);
  }

  // Containers.

  void push_tuple(std::size_t count) {
    std::vector<Index> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push_new(Pickle::Tuple{std::move(items)});
  }

  std::vector<std::pair<Index, Index>> pairs(const std::vector<Index>& items) const {
    check(items.size() % 2 == 0, "a key has no value");
    std::vector<std::pair<Index, Index>> entries;
    for (std::size_t i = 0; i < items.size(); i += 2) entries.emplace_back(items[i], items[i + 1]);
    return entries;
  }

  void append(const std::vector<Index>& items) {
    Pickle::Value& target = pickle_.values[top()];
    if (auto* list = std::get_if<Pickle::List>(&target)) {
      list->items.insert(list->items.end(), items.begin(), items.end());
    } else {
      check(std::holds_alternative<Pickle::Object>(target), "it appends to what is no list");
    }
  }

  void set_entries(const std::vector<Index>& items) {
    Pickle::Value& target = pickle_.values[top()];
    auto* dict = std::get_if<Pickle::Dict>(&target);
    auto* object = std::get_if<Pickle::Object>(&target);
    check(dict != nullptr || object != nullptr, "it sets the entries of what is no dict");
    auto& entries = dict != nullptr ? dict->entries : object->entries;
    for (const auto& entry : pairs(items)) entries.push_back(entry);
  }

  // Calls.

  void push_global(std::string_view module, std::string_view name) { push_new(Pickle::Global{module, name}); }

  void push_stack_global() {
    const auto* name = pickle_.get<Pickle::Text>(pop());
    const auto* module = pickle_.get<Pickle::Text>(pop());
    check(name != nullptr && module != nullptr, "the name of a global is no text");
    push_global(module->text, name->text);
  }

  void push_call() {
    const Index arguments = pop();
    check(pickle_.get<Pickle::Tuple>(arguments) != nullptr, "the arguments of a call are no tuple");
    push_new(Pickle::Object{pop(), arguments, std::nullopt, {}});
  }

  void check_no_keywords(Index index) const {
    const auto* keywords = pickle_.get<Pickle::Dict>(index);
    check(keywords != nullptr && keywords->entries.empty(), "a call has keyword arguments, which are not read");
  }

  void push_call_of_marked() {
    std::vector<Index> items = pop_to_mark();
    check(!items.empty(), "it calls nothing");
    push(items.front());
    items.erase(items.begin());
    push_new(Pickle::Tuple{std::move(items)});
    push_call();
  }

  void set_state() {
    const Index state = pop();
    auto* object = std::get_if<Pickle::Object>(&pickle_.values[top()]);
    check(object != nullptr, "it sets the state of what is no object");
    check(!object->state, "it sets the state of an object twice");
    object->state = state;
  }

  std::string_view bytes_;
  const std::string& what_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  std::size_t frame_end_ = 0;
  Pickle pickle_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;       // heights of the stack
  std::map<std::uint64_t, Index> memo_;  // sorted: the file chooses the keys, and could choose those that hash alike
};

void PickleReader::execute(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      return check(number<unsigned char>() <= kNewestProtocol, "its protocol is newer than 5");
    case 0x95: {  // FRAME: Python reads so many bytes at once, and what comes next begins behind them
      check(opcode_at_ >= frame_end_, "a frame begins inside another");
      const auto size = number<std::uint64_t>();
      check(size <= bytes_.size() - at_, "a frame ends after the file");
      frame_end_ = at_ + size;
      return;
    }

    case 'N':  // NONE
      return push(kNone);
    case 0x88:  // NEWTRUE
      return push(kTrue);
    case 0x89:  // NEWFALSE
      return push(kFalse);
    case 'K':  // BININT1
      return push_new(std::int64_t{number<std::uint8_t>()});
    case 'M':  // BININT2
      return push_new(std::int64_t{number<std::uint16_t>()});
    case 'J':  // BININT
      return push_new(std::int64_t{number<std::int32_t>()});
    case 0x8a:  // LONG1
      return push_new(integer(counted<std::uint8_t>()));
    case 0x8b:  // LONG4
      return push_new(integer(counted<std::uint32_t>()));
    case 'I': {  // INT, which is also how protocol 0 writes True and False
      const std::string_view text = line();
      if (text == "01" || text == "00") return push(text == "01" ? kTrue : kFalse);
      return push_new(decimal<std::int64_t>(text));
    }
    case 'L': {  // LONG
      const std::string_view text = line();
      return push_new(decimal<std::int64_t>(text.substr(0, text.size() - (text.ends_with('L') ? 1 : 0))));
    }
    case 'G':  // BINFLOAT
      return push_new(big_endian_double());
    case 'F':  // FLOAT
      return push_new(decimal<double>(line()));

    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING: Python 2's
      return push_new(Pickle::Text{counted<std::uint32_t>()});
    case 0x8c:  // SHORT_BINUNICODE
    case 'U':   // SHORT_BINSTRING
      return push_new(Pickle::Text{counted<std::uint8_t>()});
    case 0x8d:  // BINUNICODE8
      return push_new(Pickle::Text{counted<std::uint64_t>()});
    case 'V':  // UNICODE
      return push_new(Pickle::Text{plain_line()});
    case 'S':  // STRING
      return push_new(Pickle::Text{quoted_line()});
    case 'C':  // SHORT_BINBYTES
      return push_new(Pickle::Bytes{counted<std::uint8_t>()});
    case 'B':  // BINBYTES
      return push_new(Pickle::Bytes{counted<std::uint32_t>()});
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      return push_new(Pickle::Bytes{counted<std::uint64_t>()});

    case '(':  // MARK
      return push_mark();
    case '0':  // POP
      return pop_value_or_mark();
    case '1':  // POP_MARK
      pop_to_mark();
      return;
    case '2':  // DUP
      return push(top());
    case 'q':  // BINPUT
      return put(number<std::uint8_t>());
    case 'r':  // LONG_BINPUT
      return put(number<std::uint32_t>());
    case 'p':  // PUT
      return put(decimal<std::uint64_t>(line()));
    case 0x94:  // MEMOIZE
      return put(memo_.size());
    case 'h':  // BINGET
      return get(number<std::uint8_t>());
    case 'j':  // LONG_BINGET
      return get(number<std::uint32_t>());
    case 'g':  // GET
      return get(decimal<std::uint64_t>(line()));

    case ')':  // EMPTY_TUPLE
      return push_tuple(0);
    case 0x85:  // TUPLE1
      return push_tuple(1);
    case 0x86:  // TUPLE2
      return push_tuple(2);
    case 0x87:  // TUPLE3
      return push_tuple(3);
    case 't':  // TUPLE
      return push_new(Pickle::Tuple{pop_to_mark()});
    case ']':   // EMPTY_LIST
    case 0x8f:  // EMPTY_SET
      return push_new(Pickle::List{});
    case 'l':   // LIST
    case 0x91:  // FROZENSET
      return push_new(Pickle::List{pop_to_mark()});
    case 'a':  // APPEND
      return append({pop()});
    case 'e':   // APPENDS
    case 0x90:  // ADDITEMS
      return append(pop_to_mark());
    case '}':  // EMPTY_DICT
      return push_new(Pickle::Dict{});
    case 'd':  // DICT
      return push_new(Pickle::Dict{pairs(pop_to_mark())});
    case 's': {  // SETITEM
      const Index value = pop();
      return set_entries({pop(), value});
    }
    case 'u':  // SETITEMS
      return set_entries(pop_to_mark());

    case 'c': {  // GLOBAL
      const std::string_view module = line();
      return push_global(module, line());
    }
    case 0x93:  // STACK_GLOBAL
      return push_stack_global();
    case 'R':   // REDUCE
    case 0x81:  // NEWOBJ
      return push_call();
    case 0x92:  // NEWOBJ_EX
      check_no_keywords(pop());
      return push_call();
    case 'i': {  // INST
      const std::string_view module = line();
      const std::string_view name = line();
      std::vector<Index> arguments = pop_to_mark();
      push_global(module, name);
      push_new(Pickle::Tuple{std::move(arguments)});
      return push_call();
    }
    case 'o':  // OBJ
      return push_call_of_marked();
    case 'b':  // BUILD
      return set_state();
    case 'Q':  // BINPERSID
      return push_new(Pickle::PersistentId{pop()});
    case 'P':  // PERSID
      push_new(Pickle::Text{line()});
      return push_new(Pickle::PersistentId{pop()});

    default:
      fail("{}: is not a pickle that can be read: at byte {}, the opcode 0x{:02x} is unknown", what_, opcode_at_,
           opcode);
  }
}

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& what) { return PickleReader(bytes, what).read(); }

}  // namespace resnet
