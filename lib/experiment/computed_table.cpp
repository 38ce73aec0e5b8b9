// SPDX-License-Identifier: MIT
#include "experiment/computed_table.hpp"

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/result_folder.hpp"

namespace resnet {

int run_computed_table(int argc, char** argv, const ComputedTable& table) {
  return run_main([&] {
    Options options(table.name, table.title);
    add_out_flag(options);
    options.add_switch("json", "print one JSON object on standard output, all else on standard error");
    if (!options.parse(argc, argv)) return 0;

    Report report(table.title, {.is_computed = true}, {});
    table.report(report);
    const std::filesystem::path folder = out_folder(options) / "results" / table.name;
    tell("{}\n", table_of(report));
    if (options.is_on("json")) print_json(summary_of(report));
    save_report(report, folder);
    tell("{}\n", folder.string());
    return 0;
  });
}

}  // namespace resnet
