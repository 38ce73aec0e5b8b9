// SPDX-License-Identifier: MIT
#include "format/torch_pickle.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/pickle_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using namespace pickle_bytes;
using Catch::Contains;

const std::string kNumbers(24 * 8, 'x');

Storages storages() {
  return {{"0", std::string_view(kNumbers).substr(0, 96)}, {"1", std::string_view(kNumbers).substr(96, 16)}};
}

std::vector<NamedArray> read(const std::string& object) {
  // The views outlive the pickle: names are copied, and the bytes are those of the storages.
  const std::string bytes = whole(object);
  return read_state_dict(read_pickle(bytes, "a.pth"), storages(), "a.pth");
}

std::string refusal(const std::string& object) {
  try {
    read(object);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.starts_with("a.pth: ") ? text : "does not name the file: " + text;
  }
  return "accepted";
}

std::string names(const std::string& object) {
  std::string text;
  for (const NamedArray& array : read(object)) text += (text.empty() ? "" : " ") + array.name;
  return text;
}

// A tensor of 24 float32 and one of two int64.
const std::string kWeight = tensor(storage("FloatStorage", "0", 24), 0, {2, 3, 4}, {12, 4, 1});
const std::string kCount = tensor(storage("LongStorage", "1", 2), 0, {2}, {1});
const std::string kStateDict = ordered_dict({{"w", kWeight}, {"n", kCount}});

TEST_CASE("a state_dict's tensors come with name, kind, shape, strides and their bytes of the storage") {
  const auto arrays = read(kStateDict);
  REQUIRE(arrays.size() == 2);
  CHECK(arrays[0].name == "w");
  CHECK(arrays[0].dtype == Dtype::kFloat32);
  CHECK(arrays[0].shape == std::vector<std::int64_t>{2, 3, 4});
  CHECK(arrays[0].strides == std::vector<std::int64_t>{12, 4, 1});
  CHECK(arrays[0].bytes.data() == kNumbers.data());
  CHECK(arrays[0].bytes.size() == 96);
  CHECK(arrays[1].name == "n");
  CHECK(arrays[1].dtype == Dtype::kInt64);
  CHECK(arrays[1].bytes.data() == kNumbers.data() + 96);
}

TEST_CASE("every kind of storage is read as the numbers that it holds") {
  const std::vector<std::pair<std::string, Dtype>> kinds = {
      {"FloatStorage", Dtype::kFloat32},     {"DoubleStorage", Dtype::kFloat64}, {"HalfStorage", Dtype::kFloat16},
      {"BFloat16Storage", Dtype::kBFloat16}, {"LongStorage", Dtype::kInt64},     {"IntStorage", Dtype::kInt32},
      {"ShortStorage", Dtype::kInt16},       {"CharStorage", Dtype::kInt8},      {"ByteStorage", Dtype::kUInt8},
      {"BoolStorage", Dtype::kBool}};
  for (const auto& [name, dtype] : kinds) {
    CAPTURE(name);
    const auto arrays = read(dict({{"a", tensor(storage(name, "1", 16 / byte_size(dtype)), 1, {1}, {1})}}));
    REQUIRE(arrays.size() == 1);
    CHECK(arrays[0].dtype == dtype);
    CHECK(arrays[0].bytes.data() == kNumbers.data() + 96 + byte_size(dtype));
    CHECK(arrays[0].bytes.size() == static_cast<std::size_t>(byte_size(dtype)));
  }
}

TEST_CASE("parameters, tensors of old PyTorch and parts of old storages are read") {
  const std::string old = early_tensor(storage("FloatStorage", "0", 24, "N"), 0, {24}, {1});
  const std::string part = tuple({text("0x7f"), integer(4), integer(6)});
  const std::string of_part = early_tensor(storage("FloatStorage", "0", 24, part), 1, {5}, {1});
  const auto arrays = read(dict({{"p", parameter(kWeight)}, {"o", old}, {"v", of_part}}));
  REQUIRE(arrays.size() == 3);
  CHECK(arrays[0].bytes.size() == 96);
  CHECK(arrays[1].bytes.size() == 96);
  CHECK(arrays[2].bytes.data() == kNumbers.data() + 5 * 4);
  CHECK(arrays[2].bytes.size() == 5 * 4);
  const std::string beyond = early_tensor(storage("FloatStorage", "0", 24, part), 2, {5}, {1});
  CHECK_THAT(refusal(dict({{"v", beyond}})), Contains("a.pth: 'v': reaches beyond its storage of 6 elements"));
  const std::string outside = tuple({text("0x7f"), integer(20), integer(6)});
  CHECK_THAT(refusal(dict({{"v", early_tensor(storage("FloatStorage", "0", 24, outside), 0, {1}, {1})}})),
             Contains("is a part of another that is not inside it"));
}

TEST_CASE("the state_dict is found in training checkpoints of every usual form") {
  const std::string optimizer = dict({{"state", dict({{"momentum", kWeight}})}, {"param_groups", "]"}});
  CHECK(names(kStateDict) == "w n");
  CHECK(names(dict({{"w", kWeight}})) == "w");
  for (const char* key :
       {"state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "ema"}) {
    CAPTURE(key);
    CHECK(names(dict({{"epoch", "K\x07"}, {key, kStateDict}, {"optimizer", optimizer}})) == "w n");
  }
  CHECK(names(dict({{"checkpoint", "N"}, {"model", dict({{"state_dict", kStateDict}})}})) == "w n");
  // A name that says it wins over a tensor beside it; a text under such a name is no dict.
  CHECK(names(dict({{"best", kCount}, {"model", text("resnet20")}, {"state_dict", kStateDict}})) == "w n");
  CHECK(names(dict({{"arch", text("resnet20")}, {"w", kWeight}, {"meta", dict({{"best", kCount}})}})) == "w");
}

TEST_CASE("a dict under a usual name that leads to no tensors does not hide one that does") {
  CHECK(names(dict({{"model", dict({{"depth", "K\x14"}})}, {"weights", kStateDict}})) == "w n");
  CHECK(names(dict({{"net", dict({{"name", text("x")}})}, {"params", kStateDict}})) == "w n");
  CHECK(names(dict({{"w", kWeight}, {"model", dict({{"depth", "K\x14"}})}})) == "w");
  const std::string deep = dict({{"model", dict({{"net", kStateDict}})}});
  CHECK(names(dict({{"state_dict", deep}, {"ema", dict({{"decay", kCount}})}})) == "w n");
  CHECK(names(dict({{"model", dict({{"state_dict", kStateDict}})}, {"weights", ordered_dict({{"v", kCount}})}})) ==
        "w n");
}

TEST_CASE("an OrderedDict of Python 2, called with the list of its pairs, is a state_dict") {
  const auto called_with = [](const std::string& list) { return call(global("collections", "OrderedDict"), {list}); };
  const auto pair = [](const std::string& name, const std::string& value) { return "](" + text(name) + value + "e"; };
  const std::string pairs = "](" + pair("w", kWeight) + tuple({text("n"), kCount}) + "e";
  CHECK(names(called_with(pairs)) == "w n");
  CHECK(names(dict({{"epoch", "K\x07"}, {"state_dict", called_with(pairs)}})) == "w n");
  CHECK_THAT(refusal(called_with("]")), Contains("holds no tensors under names"));
  CHECK_THAT(refusal(called_with("](" + text("w") + "e")), Contains("holds no tensors under names"));

  // Many calls that share one long list: to look through it for each would take minutes.
  std::string shared = "}(" + text("list") + "](";
  for (int i = 0; i < 20'000; ++i) shared += pair(std::to_string(i), "N");
  shared += "eq\x00"s;
  for (int i = 0; i < 20'000; ++i) {
    shared += text("call " + std::to_string(i)) + call(global("collections", "OrderedDict"), {"h\x00"s});
  }
  CHECK_THAT(refusal(shared + "u"), Contains("holds no tensors under names"));
}

TEST_CASE("where no dict holds tensors, or several do and no name says which, the choice is left to the user") {
  CHECK_THAT(refusal(dict({{"a", kStateDict}, {"b", ordered_dict({{"v", kCount}})}})),
             Contains("a.pth: several dicts in it hold tensors (a, b)"));
  CHECK_THAT(refusal(dict({{"epoch", "K\x07"}})), Contains("a.pth: holds no tensors under names"));
  CHECK_THAT(refusal(kWeight), Contains("a.pth: holds no dict"));
  CHECK_THAT(refusal("]"), Contains("a.pth: holds no dict"));
  CHECK_THAT(refusal(dict({{"w", kWeight}, {"w", kWeight}})), Contains("a.pth: holds two tensors named 'w'"));
}

TEST_CASE("a state_dict whose model_state leads back to itself is searched and left") {
  CHECK_THAT(refusal("}q\x00"s + text("model") + "h\x00s"s), Contains("holds no tensors under names"));
}

TEST_CASE("what harmlessly lies beside a state_dict is let be") {
  const std::string arguments = global("argparse", "Namespace") + ")\x81" + dict({{"lr", "K\x01"}}) + "b";
  const std::string scalar =
      call(global("numpy.core.multiarray", "scalar"),
           {call(global("numpy", "dtype"), {text("f8"), "\x89"s, "\x88"s}) +
                tuple({"K\x03", text("<"), "N", "N", "N", "J\xff\xff\xff\xff"s, "J\xff\xff\xff\xff"s, "K\x00"s}) + "b",
            call(global("_codecs", "encode"), {text("12345678"), text("latin1")})});
  const std::string metadata = kStateDict + dict({{"_metadata", ordered_dict({})}}) + "b";
  CHECK(names(dict({{"args", arguments}, {"best", scalar}, {"state_dict", metadata}})) == "w n");
}

TEST_CASE("a pickle that would run code in Python is refused by the name of what it would run") {
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {"os.system", call(global("os", "system"), {text("touch /tmp/resnet-pwned")})},
      {"posix.system", call(global("posix", "system"), {text("true")})},
      {"builtins.eval", call(global("builtins", "eval"), {text("1")})},
      {"__builtin__.eval", call(global("__builtin__", "eval"), {text("1")})},
      {"builtins.getattr", call(global("builtins", "getattr"), {kWeight, text("data")})},
      {"subprocess.Popen", call(global("subprocess", "Popen"), {text("true")})},
      {"torch.hub.load", call(global("torch.hub", "load"), {text("x")})},
      {"torch._utils.os.system", call(global("torch._utils", "os.system"), {text("x")})},
      {"collections.abc.OrderedDict", global("collections.abc", "OrderedDict") + ")R"},
      {"torch.FloatStorage.", call(global("torch", "FloatStorage."), {})},
      {"numpy.load", call(global("numpy", "load"), {text("x")})},
      {"__main__.Config", global("__main__", "Config") + ")\x81"}};
  for (const auto& [name, object] : hostile) {
    CAPTURE(name);
    CHECK_THAT(refusal(dict({{"state_dict", kStateDict}, {"x", object}})),
               Contains("a.pth: names '" + name + "', which could run code in Python"));
    // Made, dropped, and part of nothing.
    CHECK_THAT(refusal(object + "0" + kStateDict), Contains("a.pth: names '" + name + "'"));
  }
  // Named and not called; named by texts of the stack; and a call of what a call returned.
  CHECK_THAT(refusal(dict({{"f", global("os", "system")}, {"state_dict", kStateDict}})), Contains("'os.system'"));
  CHECK_THAT(refusal(text("os") + text("system") + "\x93"s + "0" + kStateDict), Contains("'os.system'"));
  CHECK_THAT(refusal(call(call(global("argparse", "Namespace"), {}), {}) + "0" + kStateDict),
             Contains("calls what is no function known by name"));
}

std::string beside(const std::string& value) { return dict({{"best", value}, {"state_dict", kStateDict}}); }

std::string dtype(const std::string& kind, const std::string& state) {
  return call(global("numpy", "dtype"), {text(kind), "\x89"s, "\x88"s}) + state;
}

TEST_CASE("numpy's numbers are let be, and refused is what would make it take numbers for addresses, or set a class") {
  const auto state = [](const std::string& parts, const std::string& flags) {
    return tuple({"K\x03", text("<"), parts, "N", "N", integer(-1), integer(-1), flags}) + "b";
  };
  for (const char* kind : {"f8", "<i4", "|b1", "c16"}) {
    CAPTURE(kind);
    CHECK(names(beside(dtype(kind, state("N", "K\x00"s)))) == "w n");
  }
  for (const std::string& hostile :
       {dtype("O8", ""), dtype("O8", state("N", "K\x00"s)), dtype("V8", ""), dtype("f8", state("N", "K\x3f")),
        dtype("f8", state(tuple({"N", "N"}), "K\x00"s)), dtype("f8", dict({{"x", "N"}}) + "b"), dtype("", ""),
        call(global("numpy", "dtype"), {})}) {
    CHECK_THAT(refusal(beside(hostile)), Contains("calls 'numpy.dtype' as no checkpoint does"));
  }
  const std::string set =
      call(global("numpy.core.multiarray", "scalar"), {dtype("f8", ""), global("torch", "FloatStorage")}) +
      tuple({"N", dict({{"_dtype", global("torch", "int8")}})}) + "b";
  CHECK_THAT(refusal(beside(set)), Contains("calls 'numpy.core.multiarray.scalar' as no checkpoint does"));
}

TEST_CASE("numpy's kinds are let be in the sizes that numpy 2.4 writes for them, and refused in others") {
  const auto sized = [](const std::string& kind, std::int64_t size, std::int64_t alignment, std::int64_t flags) {
    const std::string state =
        tuple({"K\x03", text("|"), "N", "N", "N", integer(size), integer(alignment), integer(flags)});
    return beside(dtype(kind, state + "b"));
  };
  // numpy.dtype(kind).__reduce__() of 'bool', 'float16', 'int64', 'complex64', 'longdouble', 'S8', 'S', 'U5' and 'U'.
  CHECK(names(sized("b1", -1, -1, 0)) == "w n");
  CHECK(names(sized("f2", -1, -1, 0)) == "w n");
  CHECK(names(sized("i8", -1, -1, 0)) == "w n");
  CHECK(names(sized("c8", -1, -1, 0)) == "w n");
  CHECK(names(sized("f16", -1, -1, 0)) == "w n");
  CHECK(names(sized("S8", 8, 1, 0)) == "w n");
  CHECK(names(sized("S0", 0, 1, 0)) == "w n");
  CHECK(names(sized("U5", 20, 4, 8)) == "w n");
  CHECK(names(sized("U0", 0, 4, 8)) == "w n");
  for (const std::string& hostile :
       {sized("S8", 1'000'000'000, 1, 0), sized("S8", -8, 1, 0), sized("S8", 8, 0, 0), sized("S8", 8, 1, 8),
        sized("U5", 5, 4, 8), sized("U5", 20, 1, 8), sized("U5", 20, 4, 63), sized("f8", 1'000'000'000, -1, 0),
        sized("f8", 8, 8, 0), sized("f8", -1, -1, 8), sized("S-8", -8, 1, 0),
        sized("S99999999999999999999", 8, 1, 0)}) {
    CHECK_THAT(refusal(hostile), Contains("calls 'numpy.dtype' as no checkpoint does"));
  }
}

TEST_CASE("arrays, numbers and texts are let be as numpy 2.4 pickles them") {
  // [numpy.array(['ab']), numpy.array([b'ab']), numpy.bool_(True), numpy.arange(2, dtype='>i4'), numpy.str_('x')]
  const std::string pickled =
      "]q\000(cnumpy._core.multiarray\n_reconstruct\nq\001cnumpy\nndarray\n"
      "q\002K\000\205q\003c_codecs\nencode\nq\004X\001\000\000\000bq\005X\006\000\000\000latin1q\006\206q\007Rq"
      "\010\207q\011Rq\n(K\001K\001\205q\013cnumpy\ndtype\nq\014X\002\000\000\000U2q\015\211\210\207q\016Rq\017"
      "(K\003X\001\000\000\000<q\020NNNK\010K\004K\010tq\021b\211h\004X\010\000\000\000a\000\000\000b\000\000"
      "\000q\022h\006\206q\023Rq\024tq\025bh\001h\002K\000\205q\026h\010\207q\027Rq\030(K\001K\001\205q\031h"
      "\014X\002\000\000\000S2q\032\211\210\207q\033Rq\034(K\003X\001\000\000\000|q\035NNNK\002K\001K\000tq\036"
      "b\211h\004X\002\000\000\000abq\037h\006\206q Rq!tq\"bcnumpy._core.multiarray\n"
      "scalar\nq#h\014X\002\000\000\000b1q$\211\210\207q%Rq&(K\003h\035NNNJ\377\377\377\377J\377\377\377\377K"
      "\000tq'bh\004X\001\000\000\000\001q(h\006\206q)Rq*\206q+Rq,h\001h\002K\000\205q-h\010\207q.Rq/(K\001K"
      "\002\205q0h\014X\002\000\000\000i4q1\211\210\207q2Rq3(K\003X\001\000\000\000>q4NNNJ\377\377\377\377J\377"
      "\377\377\377K\000tq5b\211h\004X\010\000\000\000\000\000\000\000\000\000\000\001q6h\006\206q7Rq8tq9bh#h"
      "\014X\002\000\000\000U1q:\211\210\207q;Rq<(K\003h\020NNNK\004K\004K\010tq=bh\004X\004\000\000\000x\000"
      "\000\000q>h\006\206q?Rq@\206qARqBe"
      ""s;
  CHECK(names(beside(pickled)) == "w n");
}

TEST_CASE("a harmless name that Python could be made to misread memory with is refused where it is called so") {
  // An array of one object: the address in the buffer.
  const std::string address = call(global("_codecs", "encode"), {text("AAAAAAAA"), text("latin1")});
  const std::string array = global("numpy", "ndarray");
  CHECK_THAT(refusal(beside(call(array, {integers({1}), text("O"), address}))),
             Contains("calls 'numpy.ndarray' as no checkpoint does"));
  CHECK_THAT(refusal(beside(array + integers({1}) + "\x81")), Contains("calls 'numpy.ndarray' as no checkpoint does"));
  const std::string named = call(global("numpy._core.multiarray", "_reconstruct"), {array, integers({0}), text("b")});
  CHECK(names(beside(named)) == "w n");

  // Any class made from any state: a numpy.dtype that is_plain_dtype never sees.
  const auto remade = [](const std::string& type, const std::string& base, const std::string& state) {
    return beside(call(global("copy_reg", "_reconstructor"), {type, base, state}));
  };
  const std::string kinds = global("numpy", "dtype");
  const std::string space = global("argparse", "Namespace");
  const std::string object = global("__builtin__", "object");
  CHECK(names(remade(space, object, "N")) == "w n");
  for (const std::string& hostile :
       {remade(kinds, kinds, text("V8")), remade(space, space + ")\x81", "N"), remade(kinds, object, text("V8")),
        remade(space + ")\x81", object, "N"), beside(call(global("copyreg", "_reconstructor"), {space}))}) {
    CHECK_THAT(refusal(hostile), Contains("_reconstructor' as no checkpoint does"));
  }

  // Places that PyTorch does not hold against the shape.
  const std::string sparse = global("torch._utils", "_rebuild_sparse_tensor");
  CHECK_THAT(refusal(beside(call(sparse, {"N", tuple({kCount, kWeight, integers({2})})}))),
             Contains("names 'torch._utils._rebuild_sparse_tensor'"));
}

TEST_CASE("a name that is long or moves the cursor is shown cut and clean") {
  const std::string name = refusal(global("os\x1b[2J", std::string(100'000, 'x')) + "0" + kStateDict);
  CHECK_THAT(name, Contains("'os?[2J.xxx"));
  CHECK(name.size() < 500);
}

TEST_CASE("a whole pickled Module is refused, and the cure named") {
  const std::string state = dict({{"training", "\x88"s}, {"_parameters", ordered_dict({})}, {"_modules", "}"}});
  const std::string module = global("torchvision.models.resnet", "ResNet") + ")\x81" + state + "b";
  CHECK_THAT(refusal(module), Contains("holds a whole pickled Module") && Contains("save its state_dict") &&
                                  Contains("(torchvision.models.resnet.ResNet)"));
  CHECK_THAT(refusal(dict({{"net", module}})), Contains("holds a whole pickled Module"));
  // Old PyTorch: the class lies outside the pickle, with its source.
  const std::string old = tuple({text("module"), global("__main__", "Net"), text("net.py"), text("class Net")}) + "Q";
  CHECK_THAT(refusal(old + ")\x81" + state + "b"), Contains("holds a whole pickled Module"));
}

TEST_CASE("a tensor that does not lie in its storage is refused by name") {
  const auto with = [](std::int64_t elements, std::int64_t offset, const std::vector<std::int64_t>& shape,
                       const std::vector<std::int64_t>& strides, const std::string& key = "0") {
    return refusal(dict({{"w", tensor(storage("FloatStorage", key, elements), offset, shape, strides)}}));
  };
  CHECK(with(24, 0, {24}, {1}) == "accepted");
  CHECK_THAT(with(24, 1, {24}, {1}), Contains("a.pth: 'w': reaches beyond its storage"));
  CHECK_THAT(with(24, 0, {25}, {1}), Contains("a.pth: 'w': has 100 bytes"));
  CHECK_THAT(with(25, 0, {24}, {1}), Contains("storage '0' has 96 bytes, expected 25 elements of 4"));
  CHECK_THAT(with(23, 0, {23}, {1}), Contains("storage '0' has 96 bytes"));
  CHECK_THAT(with(-1, 0, {1}, {1}), Contains("has -1 elements"));
  CHECK_THAT(with(1LL << 62, 0, {1}, {1}), Contains("storage '0' has 96 bytes"));
  CHECK_THAT(with(24, 0, {24}, {1}, "7"), Contains("a.pth: 'w': its storage '7' is missing"));
  CHECK_THAT(with(24, 0, {2}, {1, 1}), Contains("impossible"));
  CHECK_THAT(with(24, -1, {2}, {1}), Contains("impossible"));
  CHECK_THAT(with(24, 0, {1LL << 40, 1LL << 40}, {0, 0}), Contains("impossible"));
}

TEST_CASE("tensors whose parts are of another kind are refused") {
  const std::string id = storage("FloatStorage", "0", 24);
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  for (const std::string& object :
       {call(v2, {}), call(v2, {id, integer(0), integers({1})}),
        call(v2, {text("0"), integer(0), integers({1}), integers({1})}),
        call(v2, {id, text("0"), integers({1}), integers({1})}), call(v2, {id, integer(0), "N", integers({1})}),
        call(v2, {id, integer(0), "]", integers({1})}), call(v2, {id, integer(0), tuple({"\x88"s}), integers({1})}),
        call(v2, {tuple({text("storage")}) + "Q", integer(0), integers({1}), integers({1})}),
        call(v2, {text("0") + "Q", integer(0), integers({1}), integers({1})}),
        call(v2, {storage("ComplexFloatStorage", "0", 12), integer(0), integers({1}), integers({1})}),
        parameter(text("w")), parameter(parameter(kWeight)), call(global("torch._utils", "_rebuild_parameter"), {})}) {
    CHECK_THAT(refusal(dict({{"w", object}})), Catch::StartsWith("a.pth: "));
  }
}

TEST_CASE("what we write as a state_dict's pickle we read, with one storage for each array") {
  const std::vector<NamedArray> arrays = {
      {"w", Dtype::kFloat32, {2, 3, 4}, {12, 4, 1}, std::string_view(kNumbers).substr(0, 96)},
      {"n", Dtype::kInt64, {2}, {1}, std::string_view(kNumbers).substr(96, 16)}};
  const std::string bytes = state_dict_pickle(arrays);
  CHECK(state_dict_pickle(arrays) == bytes);
  const auto read_back = read_state_dict(read_pickle(bytes, "a"), storages(), "a");
  REQUIRE(read_back.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(read_back[i].name == arrays[i].name);
    CHECK(read_back[i].dtype == arrays[i].dtype);
    CHECK(read_back[i].shape == arrays[i].shape);
    CHECK(read_back[i].strides == arrays[i].strides);
    CHECK(read_back[i].bytes.data() == arrays[i].bytes.data());
  }
}

}  // namespace
}  // namespace resnet
