// SPDX-License-Identifier: MIT
#include "record/provenance.hpp"

#include <cstdlib>
#include <ctime>
#include <regex>
#include <thread>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/process.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"
#include "support/variable_is.hpp"
#include "unit/record/touched_memory.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

Session session_of(const std::string& started_utc, std::int64_t from, std::int64_t to, double seconds) {
  return {started_utc, "train --model resnet20", "0123abc-dirty", "2.13.0", "cpu", "fp32", "fast (AVX2)", 2, from, to,
          seconds,     processor_name()};
}

// As if another process had written the last session.
void pretend_another_process(const RunFolder& run, std::int64_t peak_memory) {
  Json object = read_json(run.provenance());
  Json& last = object["sessions"].back();
  last["process"] = last["process"].get<std::int64_t>() + 1;
  last["peak_memory_bytes"] = peak_memory;
  write_atomically(run.provenance(), object.dump());
}

std::string quoted(const Words& words) {
  Words all = {"/some folder/train"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<const char*> arguments;
  for (const std::string& word : all) arguments.push_back(word.c_str());
  return command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST_CASE("a session says what computed it") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "resnet20-0"};
  record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 12.5));
  const Json object = read_json(run.provenance());
  CHECK(object["run"] == "resnet20-0");
  REQUIRE(object["sessions"].size() == 1);
  const Json& session = object["sessions"][0];
  CHECK(session["started_utc"] == "2015-12-10T12:00:00Z");
  CHECK(session["process"] == ::getpid());
  CHECK(session["command"] == "train --model resnet20");
  CHECK(session["commit"] == "0123abc-dirty");
  CHECK(session["compiler"] == compiler_name());
  CHECK(session["libtorch"] == "2.13.0");
  CHECK(session["cpu"] == processor_name());
  CHECK(session["cores"] == std::thread::hardware_concurrency());
  CHECK(session["device"] == "cpu");
  CHECK(session["kernels"] == "fast (AVX2)");
  CHECK(session["threads"] == 2);
  CHECK(session["precision"] == "fp32");
  CHECK(session["from_iteration"] == 0);
  CHECK(session["to_iteration"] == 500);
  CHECK(session["wall_seconds"] == 12.5);
  CHECK(session["peak_memory_bytes"].get<std::int64_t>() > 0);
}

TEST_CASE("each checkpoint of a process replaces the session of the one before") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10));
  record_session(run, session_of("2015-12-10T12:00:00Z", 0, 1000, 20));
  const Json object = read_json(run.provenance());
  REQUIRE(object["sessions"].size() == 1);
  CHECK(object["sessions"][0]["to_iteration"] == 1000);
  CHECK(object["wall_seconds"] == 20);
}

TEST_CASE("the sessions of earlier processes stay, and are summed up") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  const std::int64_t large = std::int64_t{1} << 50;
  record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10));
  pretend_another_process(run, large);
  record_session(run, session_of("2015-12-10T12:00:00Z", 500, 800, 4));  // another process, in the same second
  pretend_another_process(run, 7);
  record_session(run, session_of("2015-12-10T13:00:00Z", 800, 900, 1));
  record_session(run, session_of("2015-12-10T13:00:00Z", 800, 1000, 2.5));

  const Json object = read_json(run.provenance());
  REQUIRE(object["sessions"].size() == 3);
  CHECK(object["sessions"][0]["to_iteration"] == 500);
  CHECK(object["sessions"][0]["peak_memory_bytes"] == large);
  CHECK(object["sessions"][1]["to_iteration"] == 800);
  CHECK(object["sessions"][2]["from_iteration"] == 800);
  CHECK(object["sessions"][2]["to_iteration"] == 1000);
  CHECK(object["wall_seconds"] == 16.5);
  CHECK(object["peak_memory_bytes"] == large);
}

TEST_CASE("one process that comes back to a run later adds a session") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10));
  record_session(run, session_of("2015-12-10T12:30:00Z", 500, 600, 1));
  CHECK(read_json(run.provenance())["sessions"].size() == 2);
}

TEST_CASE("a provenance that is no JSON is an error that names the file, not the end of what it said") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  write_atomically(run.provenance(), "{");
  CHECK_THROWS_WITH(record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10)),
                    Contains("provenance.json: is not a JSON object"));
  CHECK(read_file(run.provenance()) == "{");
}

TEST_CASE("a command line that is not UTF-8 stops no run") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  Session session = session_of("2015-12-10T12:00:00Z", 0, 500, 10);
  session.command = "train --out f\xfcr";
  record_session(run, session);
  CHECK(read_json(run.provenance())["sessions"][0]["command"] == "train --out f\xef\xbf\xbdr");
}

TEST_CASE("a shell takes the recorded command line apart into the words that it was") {
  const Words words = {"--model",     "resnet20",  "--out=a b",   "",    "it's", "''",  "\"x\"",    "$HOME",
                       "`id`",        "$(id)",     "back\\slash", "*",   "?",    "[a]", "{a,b}",    "~",
                       "a;b",         "a|b",       "a&b",         "a>b", "a<b",  "(a)", "#comment", "!history",
                       "line\nbreak", "tab\there", "Größe",       "=",   "a=b",  "%s",  "^",        "-n"};
  const std::string line = quoted(words);
  REQUIRE(line.starts_with("train "));
  std::string expected;
  for (const std::string& word : words) expected += "<" + word + ">";
  CHECK(run_process({"sh", "-c", "printf '<%s>' " + line.substr(6)}).output == expected);
}

TEST_CASE("plain words of a command line stay without quotes") {
  CHECK(quoted({"--model", "resnet20", "--schedule", "1/64", "--depths=20,56"}) ==
        "train --model resnet20 --schedule 1/64 --depths=20,56");
  CHECK(quoted({}) == "train");
}

TEST_CASE("the commit is that of the source tree, and says when files differ from it") {
  if (run_process({"git", "--version"}).exit_code != 0) {
    CHECK(source_commit() == "unknown");
    return;
  }
  // Where a hook of git runs the tests, these name its repository, before any folder that git is told to go to.
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}) ::unsetenv(name);
  const TempFolder folder;
  ::setenv("GIT_CEILING_DIRECTORIES", folder.path().parent_path().c_str(), 1);
  const char* variable = std::getenv("RESNET_ROOT");
  const std::string before = variable == nullptr ? "" : variable;
  ::setenv("RESNET_ROOT", folder.path().c_str(), 1);
  const auto git = [&](Words words) {
    words.insert(words.begin(), {"git", "-C", folder.path().string(), "-c", "user.name=t", "-c", "user.email=t@t"});
    return run_process(words).output;
  };
  const std::string outside = source_commit();
  git({"init", "--quiet"});
  write_atomically(folder.path() / "file", "one");
  git({"add", "file"});
  git({"commit", "--quiet", "--no-gpg-sign", "-m", "one"});
  git({"tag", "-m", "a name is not what is asked for", "v1"});
  const std::string clean = source_commit();
  const std::string head = git({"rev-parse", "HEAD"});
  write_atomically(folder.path() / "file", "two");
  const std::string changed = source_commit();
  const std::string traced = [] {  // git, and the loader before it, may say more than what they are asked
    const VariableIs trace("GIT_TRACE", "1");
    return source_commit();
  }();
  ::setenv("RESNET_ROOT", before.c_str(), 1);

  CHECK(outside == "unknown");
  CHECK(std::regex_match(clean, std::regex("[0-9a-f]{40}")));
  CHECK(clean + "\n" == head);
  CHECK(changed == clean + "-dirty");
  CHECK(traced == changed);
}

TEST_CASE("sessions are read as they were recorded") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  CHECK(read_sessions(run).empty());
  const Session first = session_of("2015-12-10T12:00:00Z", 0, 500, 10);
  Session second = session_of("2015-12-10T12:30:00Z", 500, 600, 1.5);
  second.cpu = "Abacus";
  record_session(run, first);
  record_session(run, second);
  CHECK(read_sessions(run) == std::vector<Session>{first, second});
}

TEST_CASE("what a session does not tell is empty or 0, whatever stands in its place") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  for (const char* silent :
       {R"({"sessions": [{}]})", R"({"sessions": [5]})", R"({"sessions": [null]})", R"({"sessions": [[1]]})",
        R"({"sessions": [{"kernels": 7, "cpu": null, "threads": "two", "wall_seconds": "1", "to_iteration": 1.5}]})"}) {
    CAPTURE(silent);
    write_atomically(run.provenance(), silent);
    CHECK(read_sessions(run) == std::vector<Session>{Session()});
    record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10));
    CHECK(read_json(run.provenance())["sessions"].size() == 2);
    CHECK(read_json(run.provenance())["wall_seconds"] == 10);
  }
  for (const char* none : {"{}", R"({"sessions": []})"}) {
    write_atomically(run.provenance(), none);
    CHECK(read_sessions(run).empty());
  }
}

TEST_CASE("sessions that are no list are an error that names the file, and stay") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  const std::string text = R"({"sessions": 3})";
  write_atomically(run.provenance(), text);
  CHECK_THROWS_WITH(read_sessions(run), Contains("provenance.json: its sessions are not a list"));
  CHECK_THROWS_WITH(record_session(run, session_of("2015-12-10T12:00:00Z", 0, 500, 10)),
                    Contains("provenance.json: its sessions are not a list"));
  CHECK(read_file(run.provenance()) == text);
}

TEST_CASE("the time is that of the clock, in UTC") {
  const std::time_t before = std::time(nullptr);
  const std::string text = utc_now();
  const std::time_t after = std::time(nullptr);
  REQUIRE(std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
  std::tm parts{};
  REQUIRE(::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) != nullptr);
  const std::time_t time = ::timegm(&parts);
  CHECK(time >= before);
  CHECK(time <= after);
}

TEST_CASE("the peak memory grows by what a process touches, stays when that is freed, and falls when it begins anew") {
  const std::int64_t before = peak_memory_bytes();
  constexpr std::int64_t kBytes = 200 << 20;
  touch_and_free(before + kBytes);
  const std::int64_t after = peak_memory_bytes();
  CHECK(after >= before + kBytes);
  CHECK(after < 3 * before + 3 * kBytes);
  if (!peak_memory_can_begin()) return skip("this kernel does not let the peak begin anew");

  begin_peak_memory();
  const std::int64_t anew = peak_memory_bytes();
  CHECK(anew > 0);
  CHECK(anew < after - kBytes);
  touch_and_free(kBytes);
  CHECK(peak_memory_bytes() > anew + kBytes / 2);
}

}  // namespace
}  // namespace resnet
