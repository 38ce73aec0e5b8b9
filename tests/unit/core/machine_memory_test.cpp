// SPDX-License-Identifier: MIT
#include "core/machine_memory.hpp"

#include <sys/sysinfo.h>

#include <string>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

/// What a machine tells a process, file by file.
class Machine {
 public:
  void write(const std::string& file, const std::string& text) const { write_atomically(folder_.path() / file, text); }
  std::size_t memory() const { return machine_memory(folder_.path() / "proc", folder_.path() / "groups"); }

 private:
  TempFolder folder_;
};

std::size_t whole_machine() { return Machine().memory(); }

TEST_CASE("without control groups a process may use the memory of the machine") {
  struct sysinfo info{};
  REQUIRE(::sysinfo(&info) == 0);
  CHECK(whole_machine() == info.totalram * info.mem_unit);
}

TEST_CASE("a process may use the least of what its control group and those above it may") {
  const Machine machine;
  machine.write("proc/self/cgroup", "0::/pod/container\n");
  machine.write("groups/pod/container/memory.max", "max\n");
  CHECK(machine.memory() == whole_machine());
  machine.write("groups/pod/container/memory.max", "5000000\n");
  CHECK(machine.memory() == 5'000'000);
  machine.write("groups/pod/memory.max", "4000000\n");
  CHECK(machine.memory() == 4'000'000);
  machine.write("groups/memory.max", "3000000\n");
  CHECK(machine.memory() == 3'000'000);
  machine.write("groups/pod/other/memory.max", "1000000\n");  // not above it
  CHECK(machine.memory() == 3'000'000);
}

TEST_CASE("a container that sees its own control group as the root has that one's limit") {
  const Machine machine;
  machine.write("groups/memory.max", "4000000\n");
  CHECK(machine.memory() == 4'000'000);
  for (const char* group : {"0::/\n", "0::/docker/of the host\n", "0::/../other\n", "no line of a group\n", ""}) {
    CAPTURE(group);
    machine.write("proc/self/cgroup", group);
    CHECK(machine.memory() == 4'000'000);
  }
}

TEST_CASE("in version 1 of control groups the limit is that of the memory controller") {
  const Machine machine;
  machine.write("proc/self/cgroup", "9:name=systemd:/a\n5:cpu,cpuacct:/b\n4:hugetlb,memory:/c/d\n0::/e\n");
  machine.write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");  // its word for none
  for (const char* other : {"a", "b", "e"}) {
    machine.write(std::string("groups/memory/") + other + "/memory.limit_in_bytes", "1000000\n");
  }
  CHECK(machine.memory() == whole_machine());
  machine.write("groups/memory/c/memory.limit_in_bytes", "5000000\n");
  CHECK(machine.memory() == 5'000'000);
  machine.write("groups/memory/c/d/memory.limit_in_bytes", "4000000\n");
  CHECK(machine.memory() == 4'000'000);
  machine.write("groups/memory/memory.limit_in_bytes", "3000000\n");
  CHECK(machine.memory() == 3'000'000);
}

TEST_CASE("a limit above the memory of the machine, or above any number, limits nothing") {
  const Machine machine;
  for (const char* limit : {"18446744073709551615\n", "99999999999999999999999\n"}) {
    machine.write("groups/memory.max", limit);
    CHECK(machine.memory() == whole_machine());
  }
}

}  // namespace
}  // namespace resnet
