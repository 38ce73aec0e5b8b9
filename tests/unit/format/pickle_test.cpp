// SPDX-License-Identifier: MIT
#include "format/pickle.hpp"

#include <cstring>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/pickle_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using Catch::Contains;

// The value as Python would print it, near enough; for small pickles without cycles.
std::string printed(const Pickle& pickle, Pickle::Index index) {
  const auto list = [&](const std::vector<Pickle::Index>& items) {
    std::string text;
    for (const auto item : items) text += (text.empty() ? "" : ", ") + printed(pickle, item);
    return text;
  };
  const auto dict = [&](const auto& entries) {
    std::string text;
    for (const auto& [key, value] : entries) {
      text += (text.empty() ? "" : ", ") + printed(pickle, key) + ": " + printed(pickle, value);
    }
    return "{" + text + "}";
  };
  struct Printer {
    const Pickle& pickle;
    const decltype(list)& list_text;
    const decltype(dict)& dict_text;

    std::string operator()(Pickle::None) const { return "None"; }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(const Pickle::BigInteger& value) const {
      return "integer of " + std::to_string(value.bytes.size()) + " bytes";
    }
    std::string operator()(double value) const { return std::to_string(value); }
    std::string operator()(const Pickle::Text& value) const { return "'" + std::string(value.text) + "'"; }
    std::string operator()(const Pickle::Bytes& value) const { return "b'" + std::string(value.bytes) + "'"; }
    std::string operator()(const Pickle::Tuple& value) const { return "(" + list_text(value.items) + ")"; }
    std::string operator()(const Pickle::List& value) const { return "[" + list_text(value.items) + "]"; }
    std::string operator()(const Pickle::Dict& value) const { return dict_text(value.entries); }
    std::string operator()(const Pickle::Global& value) const {
      return std::string(value.module) + "." + std::string(value.name);
    }
    std::string operator()(const Pickle::Object& value) const {
      return printed(pickle, value.function) + printed(pickle, value.arguments) +
             (value.entries.empty() ? "" : dict_text(value.entries)) +
             (value.state ? " with " + printed(pickle, *value.state) : "");
    }
    std::string operator()(const Pickle::PersistentId& value) const { return "id " + printed(pickle, value.id); }
  };
  return std::visit(Printer{pickle, list, dict}, pickle.values[index]);
}

std::string read(const std::string& bytes) {
  const Pickle pickle = read_pickle(bytes, "a.pkl");
  CHECK(pickle.size == bytes.size());
  return printed(pickle, pickle.root);
}

std::string refusal(const std::string& bytes) {
  try {
    read_pickle(bytes, "a.pkl");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("an object that Python pickled is read alike from every protocol") {
  // pickle.dumps(object, protocol) of CPython 3.11 for
  //   shared = [1]
  //   {'a': [1, -2, 255, 256, 70000, 2**31, -2**40, True, False, None, 1.5, 'x'],
  //    'b': ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)), 'c': {'d': shared, 'e': shared}, 3: OrderedDict([('k', 2)])}
  const std::string protocol_2_and_3 =
      "}q\x00(X\x01\x00\x00\x00"s
      "aq\x01]q\x02("
      "K\x01J\xfe\xff\xff\xffK\xffM\x00\x01Jp\x11\x01\x00\x8a\x05\x00\x00\x00\x80\x00\x8a\x06\x00\x00\x00\x00"
      "\x00\xff\x88\x89NG?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00xq\x03"s
      "eX\x01\x00\x00\x00"s
      "bq\x04()K\x01\x85q\x05K\x01K\x02\x86q\x06K\x01K\x02K\x03\x87q\x07(K\x01K\x02K\x03K\x04tq\x08tq\tX\x01\x00\x00\x00"s
      "cq\n}q\x0b(X\x01\x00\x00\x00"s
      "dq\x0c]q\rK\x01"s
      "aX\x01\x00\x00\x00"s
      "eq\x0eh\ruK\x03"s
      "ccollections\nOrderedDict\nq\x0f)Rq\x10X\x01\x00\x00\x00kq\x11K\x02su."s;
  const std::string protocol_4_and_5 =
      "\x95\xa3\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"s
      "a\x94]\x94("
      "K\x01J\xfe\xff\xff\xffK\xffM\x00\x01Jp\x11\x01\x00\x8a\x05\x00\x00\x00\x80\x00\x8a\x06\x00\x00\x00\x00\x00"
      "\xff\x88\x89NG?\xf8\x00\x00\x00\x00\x00\x00\x8c\x01x\x94"s
      "e\x8c\x01"s
      "b\x94()K\x01\x85\x94K\x01K\x02\x86\x94K\x01K\x02K\x03\x87\x94(K\x01K\x02K\x03K\x04t\x94t\x94\x8c\x01"s
      "c\x94}\x94(\x8c\x01"s
      "d\x94]\x94K\x01"s
      "a\x8c\x01"s
      "e\x94h\ruK\x03\x8c\x0b"s
      "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01k\x94K\x02su."s;
  const std::string bytes = GENERATE_COPY(
      "(dp0\nVa\np1\n(lp2\nI1\naI-2\naI255\naI256\naI70000\naL2147483648L\naL-1099511627776L\naI01\naI00\naNaF1."
      "5\naVx\np3\n"
      "asVb\np4\n((t(I1\ntp5\n(I1\nI2\ntp6\n(I1\nI2\nI3\ntp7\n(I1\nI2\nI3\nI4\ntp8\ntp9\nsVc\np10\n(dp11\nVd\np12\n("
      "lp13\n"
      "I1\nasVe\np14\ng13\nssI3\nccollections\nOrderedDict\np15\n(tRp16\nVk\np17\nI2\nss."s,
      "}q\x00(X\x01\x00\x00\x00"s
      "aq\x01]q\x02(K\x01J\xfe\xff\xff\xffK\xffM\x00\x01Jp\x11\x01\x00L2147483648L\nL-1099511627776L\nI01\nI00\n"
      "NG?\xf8\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00xq\x03"s
      "eX\x01\x00\x00\x00"s
      "bq\x04()(K\x01tq\x05(K\x01K\x02tq\x06(K\x01K\x02K\x03tq\x07(K\x01K\x02K\x03K\x04tq\x08tq\tX\x01\x00\x00\x00"s
      "cq\n}q\x0b(X\x01\x00\x00\x00"s
      "dq\x0c]q\rK\x01"s
      "aX\x01\x00\x00\x00"s
      "eq\x0eh\ruK\x03"s
      "ccollections\nOrderedDict\nq\x0f)Rq\x10X\x01\x00\x00\x00kq\x11K\x02su."s,
      "\x80\x02"s + protocol_2_and_3, "\x80\x03"s + protocol_2_and_3, "\x80\x04"s + protocol_4_and_5,
      "\x80\x05"s + protocol_4_and_5);
  CHECK(read(bytes) ==
        "{'a': [1, -2, 255, 256, 70000, 2147483648, -1099511627776, True, False, None, 1.500000, 'x'], "
        "'b': ((), (1), (1, 2), (1, 2, 3), (1, 2, 3, 4)), 'c': {'d': [1], 'e': [1]}, "
        "3: collections.OrderedDict(){'k': 2}}");
}

TEST_CASE("sets, byte arrays, bytes and objects with a state are read as CPython 3.11 pickles them") {
  CHECK(read("\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x01\x90."s) == "[1]");
  CHECK(read("\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00(K\x01\x91\x94."s) == "[1]");
  CHECK(read("\x80\x05\x95\r\x00\x00\x00\x00\x00\x00\x00\x96\x02\x00\x00\x00\x00\x00\x00\x00"s
             "ab\x94."s) == "b'ab'");
  CHECK(read("\x80\x03"s
             "C\x02"s
             "abq\x00."s) == "b'ab'");
  CHECK(read("\x80\x02\x8a\t\x00\x00\x00\x00\x00\x00\x00\x00@."s) == "integer of 9 bytes");
  CHECK(read("\x80\x02"s
             "cargparse\nNamespace\nq\x00)\x81q\x01}q\x02X\x02\x00\x00\x00lrq\x03G?\xb9\x99\x99\x99\x99\x99\x9asb."s) ==
        "argparse.Namespace() with {'lr': 0.100000}");
}

TEST_CASE("the rarer opcodes do what pickletools says of them") {
  CHECK(read("S'a'\n.") == "'a'");
  CHECK(read("U\x01"s
             "a.") == "'a'");
  CHECK(read("T\x01\x00\x00\x00"s
             "a.") == "'a'");
  CHECK(read("\x8d\x01\x00\x00\x00\x00\x00\x00\x00"s
             "a.") == "'a'");
  CHECK(read("B\x01\x00\x00\x00"s
             "a.") == "b'a'");
  CHECK(read("\x8e\x01\x00\x00\x00\x00\x00\x00\x00"s
             "a.") == "b'a'");
  CHECK(read("\x8b\x01\x00\x00\x00\xff."s) == "-1");
  CHECK(read("\x8a\x00."s) == "0");
  CHECK(read("K\x07K\x08"s
             "0.") == "7");
  CHECK(read("K\x07(K\x08K\x09"s
             "1.") == "7");
  CHECK(read("K\x07(0.") == "7");
  CHECK(read("K\x07"s
             "2\x86."s) == "(7, 7)");
  CHECK(read("(K\x07iargparse\nNamespace\n.") == "argparse.Namespace(7)");
  CHECK(read("(cargparse\nNamespace\nK\x07o.") == "argparse.Namespace(7)");
  CHECK(read("cargparse\nNamespace\n)}\x92."s) == "argparse.Namespace()");
  CHECK(read("Pa key\n.") == "id 'a key'");
  CHECK(read("K\x07Q.") == "id 7");
  CHECK(read("]r\x00\x00\x01\x00j\x00\x00\x01\x00\x86."s) == "([], [])");
  CHECK(read("(K\x01K\x02"s
             "d.") == "{1: 2}");
}

TEST_CASE("what a pickle would call in Python is described and not called") {
  const std::string bytes = "cos\nsystem\n(S'touch /tmp/resnet-pwned'\ntR.";
  CHECK(read(bytes) == "os.system('touch /tmp/resnet-pwned')");
}

TEST_CASE("a call with keyword arguments is refused: in Python, torch.Tensor's `cdata` is an address") {
  const std::string tensor = "ctorch\nTensor\n)";
  CHECK(read(tensor + "}\x92."s) == "torch.Tensor()");
  const std::string keywords = "}" + pickle_bytes::text("cdata") + "K\x41s";
  CHECK_THAT(refusal(tensor + keywords + "\x92."s), Contains("a call has keyword arguments"));
  CHECK_THAT(refusal(tensor + "N\x92."s), Contains("a call has keyword arguments"));
}

TEST_CASE("an object whose state is set twice is refused: a reader that judges one state would miss the other") {
  const std::string object = "cargparse\nNamespace\n)\x81q\x00"s;
  CHECK(read(object + "}b.") == "argparse.Namespace() with {}");
  CHECK_THAT(refusal(object + "}b}b."), Contains("it sets the state of an object twice"));
  CHECK_THAT(refusal("(" + object + "}bh\x00}bt."s), Contains("it sets the state of an object twice"));
}

TEST_CASE("a pickle that another follows says how many bytes it took") {
  const std::string first = pickle_bytes::whole("K\x01");
  const Pickle pickle = read_pickle(first + "\x80\x02K\x02.", "a.pkl");
  CHECK(pickle.size == first.size());
  CHECK(*pickle.get<std::int64_t>(pickle.root) == 1);
}

TEST_CASE("a hundred thousand tuples inside each other are read without a stack overflow") {
  const std::string bytes = ")" + std::string(100'000, '\x85') + ".";
  const Pickle pickle = read_pickle(bytes, "a.pkl");
  Pickle::Index index = pickle.root;
  int depth = 0;
  for (; !pickle.get<Pickle::Tuple>(index)->items.empty(); ++depth) index = pickle.get<Pickle::Tuple>(index)->items[0];
  CHECK(depth == 100'000);
}

TEST_CASE("a list that holds itself, and lists that hold the last one twice, take no more memory than their bytes") {
  const Pickle cycle = read_pickle("]q\x00h\x00"s + "a.", "a.pkl");
  CHECK(cycle.get<Pickle::List>(cycle.root)->items == std::vector<Pickle::Index>{cycle.root});
  // Written out, the last one would have 2^1000 items.
  std::string laughs = "]";
  for (int i = 0; i < 1000; ++i) laughs += "2\x86"s;
  CHECK(read_pickle(laughs + ".", "a.pkl").values.size() < 1010);
}

TEST_CASE("a pickle cut off at any byte is refused by name and byte") {
  const std::string whole = pickle_bytes::old_file(
      pickle_bytes::ordered_dict(
          {{"w", pickle_bytes::tensor(pickle_bytes::storage("FloatStorage", "7", 1), 0, {1}, {1})}}),
      {});
  const std::size_t start = whole.find("ccollections") - 2;
  const std::size_t size = read_pickle(whole.substr(start), "a.pkl").size;
  for (std::size_t length = 0; length < size; ++length) {
    CHECK_THAT(refusal(whole.substr(start, length)), Catch::StartsWith("a.pkl: is not a sound pickle: at byte "));
  }
}

TEST_CASE("lengths beyond the file are refused before anything is made of that size") {
  for (const std::string& bytes :
       {"X\xff\xff\xff\xff."s, "T\xff\xff\xff\xff."s, "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s, "B\xff\xff\xff\x7f."s,
        "\x8e\xff\xff\xff\xff\xff\xff\xff\xff."s, "\x8b\xff\xff\xff\xff."s, "\x96\xff\xff\xff\xff\xff\xff\xff\xff."s}) {
    CHECK_THAT(refusal(bytes), Contains("at byte 0, it ends too early"));
  }
}

TEST_CASE("an opcode that is unknown, or needs what is outside, is refused by its code and byte") {
  CHECK_THAT(refusal("N\xff."s), Contains("at byte 1, the opcode 0xff is unknown"));
  for (const char opcode : {'\x82', '\x83', '\x84', '\x97', '\x98', '\x00', 'A', '~'}) {
    CHECK_THAT(refusal("N"s + opcode), Contains("at byte 1, the opcode 0x"));
  }
  CHECK_THAT(refusal("\x80\x06N."s), Contains("its protocol is newer than 5"));
}

TEST_CASE("misuse of the stack, the marks and the memo is refused") {
  for (const std::string& bytes : {"."s,
                                   "0."s,
                                   "(."s,
                                   "2."s,
                                   "t."s,
                                   "u."s,
                                   "e."s,
                                   "1."s,
                                   "\x85."s,
                                   "N\x86."s,
                                   "h\x00."s,
                                   "g7\n."s,
                                   "q\x00."s,
                                   "\x94."s,
                                   "N(\x85."s,
                                   "R."s,
                                   "NR."s,
                                   "NNR."s,
                                   "b."s,
                                   "]Nb."s,
                                   "}K\x01s."s,
                                   "]K\x01K\x02s."s,
                                   "}(K\x01u."s,
                                   "(K\x01"s + "d.",
                                   "}K\x01"s + "a.",
                                   "NK\x01"s + "a.",
                                   "\x93."s,
                                   "NN\x93."s,
                                   "(o."s,
                                   "Q."s,
                                   "}(K\x01K\x02\x90."s}) {
    CAPTURE(bytes);
    CHECK_THAT(refusal(bytes), Catch::StartsWith("a.pkl: is not a sound pickle: at byte "));
  }
}

TEST_CASE("numbers and texts of protocol 0 that cannot be read are refused") {
  for (const std::string& bytes : {"Ix\n."s, "I\n."s, "I1"s, "L1180591620717411303424L\n."s, "F1.5.5\n."s, "S'a\n."s,
                                   "Sa\n."s, "S\n."s, "S'\\x41'\n."s, "V\\u0041\n."s, "g-1\n."s}) {
    CAPTURE(bytes);
    CHECK_THAT(refusal(bytes), Contains("is not a sound pickle"));
  }
}

TEST_CASE("more than four million values, marks, copies or memorised values are refused") {
  for (const std::string& opcode : {"]"s, "("s, "2"s, "h\x00"s, "\x94"s}) {
    CAPTURE(opcode);
    std::string bytes = "Nq\x00"s;
    for (int i = 0; i < 5'000'000; ++i) bytes += opcode;
    CHECK_THAT(refusal(bytes + "."), Contains("more than 4 million values"));
  }
}

TEST_CASE("a memo is as quick with keys that are multiples of a number of buckets, and with the largest") {
  std::string bytes = "N";
  for (std::uint64_t i = 0; i < 300'000; ++i) {  // in a hash table that grows by itself they make one chain: minutes
    bytes += "p" + std::to_string(i * 351'061) + "\n";
  }
  bytes += "]p18446744073709551615\n0g18446744073709551615\n.";
  CHECK(in_child([&] {
          ::alarm(60);
          return read(bytes) == "[]" ? 0 : 1;
        }) == 0);
}

}  // namespace
}  // namespace resnet
