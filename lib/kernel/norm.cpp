// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/norm.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "kernel/norm_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/norm.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/bf16_vector.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {

// How the loops below walk a chunk. Their callers are HWY_FLATTEN, and take structs by value: what a body reads through
// a reference is read anew after each store of a vector, which might have changed it for all the compiler knows.

// Calls body(d, vectors, column) for pieces of a row: of four vectors, then of one, and at its end of one number.
template <typename Body>
void for_column_blocks(std::int64_t columns, const Body& body) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t column = 0;
  for (; column + 4 * lanes <= columns; column += 4 * lanes) body(d, std::integral_constant<int, 4>(), column);
  for (; column + lanes <= columns; column += lanes) body(d, std::integral_constant<int, 1>(), column);
  for (; column < columns; ++column) body(hn::CappedTag<float, 1>(), std::integral_constant<int, 1>(), column);
}

template <int kRows, typename Body>
void for_vectors_of_rows(const Chunk& chunk, std::int64_t first, const Body& body) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::integral_constant<int, kRows> rows;
  std::int64_t column = 0;
  for (; column + lanes <= chunk.columns; column += lanes) body(d, rows, first + column, column);
  for (; column < chunk.columns; ++column) body(hn::CappedTag<float, 1>(), rows, first + column, column);
}

// A row of more columns is walked along before the next one begins: memory is fast where it is read in order.
constexpr std::int64_t kNarrowRow = 64;

// Calls body(d, rows, at, column) for the vectors of four rows, which begin at number `at` of the map and each a row
// later; then of one row. What belongs to a column is so loaded once for four rows. Of wide rows one at a time.
template <typename Body>
void for_row_blocks(const Chunk& chunk, const Body& body) {
  std::int64_t row = 0;
  if (chunk.columns <= kNarrowRow) {
    for (; row + 4 <= chunk.rows; row += 4) for_vectors_of_rows<4>(chunk, chunk.first + row * chunk.columns, body);
  }
  for (; row < chunk.rows; ++row) for_vectors_of_rows<1>(chunk, chunk.first + row * chunk.columns, body);
}

// Calls body(d, at, column) for each vector in the order of the map.
template <typename Body>
void for_each_vector(const Chunk& chunk, const Body& body) {
  for (std::int64_t row = 0; row < chunk.rows; ++row) {
    for_vectors_of_rows<1>(chunk, chunk.first + row * chunk.columns,
                           [&](auto d, auto, std::int64_t at, std::int64_t column) { body(d, at, column); });
  }
}

// Written so that NaN passes: it is not below zero, as it is not above.
template <class D>
hn::Vec<D> relu(D d, hn::Vec<D> v) {
  return hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), v);
}

// dz where the output was above zero, as `relu` has it, or else zero.
template <class D>
hn::Vec<D> gate(D d, hn::Vec<D> output, hn::Vec<D> dz) {
  return hn::IfThenZeroElse(hn::Le(output, hn::Zero(d)), dz);
}

// The same sums in the same order, column by column, as those of narrow rows below, which are kept in registers.
template <typename T>
HWY_FLATTEN void wide_statistics(Chunk chunk, const T* x, float* mean, float* m2) {
  const float per_row = 1 / static_cast<float>(chunk.rows);
  std::fill_n(mean, chunk.columns, 0.0F);
  std::fill_n(m2, chunk.columns, 0.0F);
  for_each_vector(chunk, [&](auto d, std::int64_t at, std::int64_t column) {
    hn::StoreU(hn::Add(hn::LoadU(d, mean + column), load(d, x + at)), d, mean + column);
  });
  for (std::int64_t column = 0; column < chunk.columns; ++column) mean[column] *= per_row;
  for_each_vector(chunk, [&](auto d, std::int64_t at, std::int64_t column) {
    const auto distance = hn::Sub(load(d, x + at), hn::LoadU(d, mean + column));
    hn::StoreU(hn::MulAdd(distance, distance, hn::LoadU(d, m2 + column)), d, m2 + column);
  });
}

template <typename T>
HWY_FLATTEN void statistics(Chunk chunk, const T* x, float* mean, float* m2) {
  if (chunk.columns > kNarrowRow) return wide_statistics(chunk, x, mean, m2);
  const float per_row = 1 / static_cast<float>(chunk.rows);
  for_column_blocks(chunk.columns, [&](auto d, auto vectors, std::int64_t column) {
    constexpr int kVectors = decltype(vectors)::value;
    using V = hn::Vec<decltype(d)>;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    const T* const first = x + chunk.first + column;

    V middle[kVectors];
    for (V& sum : middle) sum = hn::Zero(d);
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      for (int k = 0; k < kVectors; ++k) {
        middle[k] = hn::Add(middle[k], load(d, first + row * chunk.columns + k * lanes));
      }
    }
    V squares[kVectors];
    for (int k = 0; k < kVectors; ++k) {
      middle[k] = hn::Mul(middle[k], hn::Set(d, per_row));
      squares[k] = hn::Zero(d);
    }
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      for (int k = 0; k < kVectors; ++k) {
        const V distance = hn::Sub(load(d, first + row * chunk.columns + k * lanes), middle[k]);
        squares[k] = hn::MulAdd(distance, distance, squares[k]);
      }
    }
    for (int k = 0; k < kVectors; ++k) {
      hn::StoreU(middle[k], d, mean + column + k * lanes);
      hn::StoreU(squares[k], d, m2 + column + k * lanes);
    }
  });
}

template <NormForm kForm, typename T>
HWY_FLATTEN void apply_form(Chunk chunk, const T* x, const T* residual, const float* scale, const float* shift, T* y) {
  for_row_blocks(chunk, [&](auto d, auto rows, std::int64_t first, std::int64_t column) {
    const auto scales = hn::LoadU(d, scale + column);
    const auto shifts = hn::LoadU(d, shift + column);
    for (int k = 0; k < decltype(rows)::value; ++k) {
      const std::int64_t at = first + k * chunk.columns;
      auto v = hn::MulAdd(load(d, x + at), scales, shifts);
      if constexpr (kForm == NormForm::kAddRelu) v = hn::Add(v, load(d, residual + at));
      if constexpr (kForm != NormForm::kNormOnly) v = relu(d, v);
      store(d, v, y + at);
    }
  });
}

template <typename T>
void apply(NormForm form, const Chunk& chunk, const T* x, const T* residual, const float* scale, const float* shift,
           T* y) {
  switch (form) {
    case NormForm::kNormOnly:
      return apply_form<NormForm::kNormOnly>(chunk, x, residual, scale, shift, y);
    case NormForm::kRelu:
      return apply_form<NormForm::kRelu>(chunk, x, residual, scale, shift, y);
    case NormForm::kAddRelu:
      return apply_form<NormForm::kAddRelu>(chunk, x, residual, scale, shift, y);
  }
}

// The gradient before ReLU. Whether ReLU let a number through is not stored. Under kRelu it is computed anew from x,
// which is read anyway: the same operations give the same bits. Under kAddRelu that would take the residual; y tells as
// well, and the next layer keeps it.
template <NormForm kForm, bool kTwoGradients, typename T, class D>
hn::Vec<D> gradient_before_relu(D d, const NormGradient<T>& maps, const NormCoefficients& coefficients, hn::Vec<D> x,
                                std::int64_t at, std::int64_t column) {
  auto dz = load(d, maps.dy + at);
  if constexpr (kTwoGradients) dz = hn::Add(dz, load(d, maps.other_dy + at));
  if constexpr (kForm == NormForm::kRelu) {
    dz = gate(d, hn::MulAdd(x, hn::LoadU(d, coefficients.scale + column), hn::LoadU(d, coefficients.shift + column)),
              dz);
  }
  if constexpr (kForm == NormForm::kAddRelu) dz = gate(d, load(d, maps.y + at), dz);
  if constexpr (kForm == NormForm::kAddRelu || kTwoGradients) store(d, dz, maps.dz + at);
  return dz;
}

// As wide_statistics.
template <NormForm kForm, bool kTwoGradients, typename T>
HWY_FLATTEN void wide_backward_sums(Chunk chunk, NormGradient<T> maps, NormCoefficients coefficients, float* sum,
                                    float* product) {
  std::fill_n(sum, chunk.columns, 0.0F);
  std::fill_n(product, chunk.columns, 0.0F);
  for_each_vector(chunk, [&](auto d, std::int64_t at, std::int64_t column) {
    const auto x = load(d, maps.x + at);
    const auto dz = gradient_before_relu<kForm, kTwoGradients>(d, maps, coefficients, x, at, column);
    const auto distance = hn::Sub(x, hn::LoadU(d, coefficients.mean + column));
    hn::StoreU(hn::Add(hn::LoadU(d, sum + column), dz), d, sum + column);
    hn::StoreU(hn::MulAdd(dz, distance, hn::LoadU(d, product + column)), d, product + column);
  });
}

template <NormForm kForm, bool kTwoGradients, typename T>
HWY_FLATTEN void backward_sums_form(Chunk chunk, NormGradient<T> maps, NormCoefficients coefficients, float* sum,
                                    float* product) {
  if (chunk.columns > kNarrowRow) {
    return wide_backward_sums<kForm, kTwoGradients>(chunk, maps, coefficients, sum, product);
  }
  for_column_blocks(chunk.columns, [&](auto d, auto vectors, std::int64_t block) {
    constexpr int kVectors = decltype(vectors)::value;
    using V = hn::Vec<decltype(d)>;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));

    V sums[kVectors];
    V products[kVectors];
    for (int k = 0; k < kVectors; ++k) sums[k] = products[k] = hn::Zero(d);
    for (std::int64_t row = 0; row < chunk.rows; ++row) {
      for (int k = 0; k < kVectors; ++k) {
        const std::int64_t column = block + k * lanes;
        const std::int64_t at = chunk.first + row * chunk.columns + column;
        const V x = load(d, maps.x + at);
        const V dz = gradient_before_relu<kForm, kTwoGradients>(d, maps, coefficients, x, at, column);
        sums[k] = hn::Add(sums[k], dz);
        products[k] = hn::MulAdd(dz, hn::Sub(x, hn::LoadU(d, coefficients.mean + column)), products[k]);
      }
    }
    for (int k = 0; k < kVectors; ++k) {
      hn::StoreU(sums[k], d, sum + block + k * lanes);
      hn::StoreU(products[k], d, product + block + k * lanes);
    }
  });
}

template <NormForm kForm, typename T>
void backward_sums_form(const Chunk& chunk, const NormGradient<T>& maps, const NormCoefficients& coefficients,
                        float* sum, float* product) {
  if (maps.other_dy == nullptr) return backward_sums_form<kForm, false>(chunk, maps, coefficients, sum, product);
  backward_sums_form<kForm, true>(chunk, maps, coefficients, sum, product);
}

template <typename T>
void backward_sums(NormForm form, const Chunk& chunk, const NormGradient<T>& maps, const NormCoefficients& coefficients,
                   float* sum, float* product) {
  switch (form) {
    case NormForm::kNormOnly:
      return backward_sums_form<NormForm::kNormOnly>(chunk, maps, coefficients, sum, product);
    case NormForm::kRelu:
      return backward_sums_form<NormForm::kRelu>(chunk, maps, coefficients, sum, product);
    case NormForm::kAddRelu:
      return backward_sums_form<NormForm::kAddRelu>(chunk, maps, coefficients, sum, product);
  }
}

template <bool kGate, typename T>
HWY_FLATTEN void backward_input_gated(Chunk chunk, const T* dz_map, const T* x_map, NormCoefficients coefficients,
                                      T* dx) {
  for_row_blocks(chunk, [&](auto d, auto rows, std::int64_t first, std::int64_t column) {
    const auto scales = hn::LoadU(d, coefficients.scale + column);
    const auto shifts = hn::LoadU(d, coefficients.shift + column);
    const auto slopes = hn::LoadU(d, coefficients.slope + column);
    const auto offsets = hn::LoadU(d, coefficients.offset + column);
    for (int k = 0; k < decltype(rows)::value; ++k) {
      const std::int64_t at = first + k * chunk.columns;
      const auto x = load(d, x_map + at);
      auto dz = load(d, dz_map + at);
      if constexpr (kGate) dz = gate(d, hn::MulAdd(x, scales, shifts), dz);
      store(d, hn::MulAdd(dz, scales, hn::MulAdd(x, slopes, offsets)), dx + at);
    }
  });
}

template <typename T>
void backward_input(NormForm form, const Chunk& chunk, const NormGradient<T>& maps,
                    const NormCoefficients& coefficients, T* dx) {
  const T* const dz = maps.dz != nullptr ? maps.dz : maps.dy;
  if (form == NormForm::kRelu && maps.dz == nullptr) {
    backward_input_gated<true>(chunk, dz, maps.x, coefficients, dx);
  } else {
    backward_input_gated<false>(chunk, dz, maps.x, coefficients, dx);
  }
}

NormKernels<float> float_norm_kernels() {
  return {statistics<float>, apply<float>, backward_sums<float>, backward_input<float>};
}

NormKernels<Bf16> bf16_norm_kernels() {
  return {statistics<Bf16>, apply<Bf16>, backward_sums<Bf16>, backward_input<Bf16>};
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(float_norm_kernels);
HWY_EXPORT(bf16_norm_kernels);

namespace {

template <typename T>
NormKernels<T> norm_kernels() {
  if constexpr (std::is_same_v<T, float>) {
    return HWY_DYNAMIC_DISPATCH(float_norm_kernels)();
  } else {
    return HWY_DYNAMIC_DISPATCH(bf16_norm_kernels)();
  }
}

}  // namespace

template <typename T>
void norm_statistics(const Chunk& chunk, const T* x, float* mean, float* m2) {
  norm_kernels<T>().statistics(chunk, x, mean, m2);
}

template <typename T>
void norm_apply(NormForm form, const Chunk& chunk, const T* x, const T* residual, const float* scale,
                const float* shift, T* y) {
  norm_kernels<T>().apply(form, chunk, x, residual, scale, shift, y);
}

template <typename T>
void norm_backward_sums(NormForm form, const Chunk& chunk, const NormGradient<T>& maps,
                        const NormCoefficients& coefficients, float* sum, float* product) {
  norm_kernels<T>().backward_sums(form, chunk, maps, coefficients, sum, product);
}

template <typename T>
void norm_backward_input(NormForm form, const Chunk& chunk, const NormGradient<T>& maps,
                         const NormCoefficients& coefficients, T* dx) {
  norm_kernels<T>().backward_input(form, chunk, maps, coefficients, dx);
}

template void norm_statistics(const Chunk&, const float*, float*, float*);
template void norm_statistics(const Chunk&, const Bf16*, float*, float*);
template void norm_apply(NormForm, const Chunk&, const float*, const float*, const float*, const float*, float*);
template void norm_apply(NormForm, const Chunk&, const Bf16*, const Bf16*, const float*, const float*, Bf16*);
template void norm_backward_sums(NormForm, const Chunk&, const NormGradient<float>&, const NormCoefficients&, float*,
                                 float*);
template void norm_backward_sums(NormForm, const Chunk&, const NormGradient<Bf16>&, const NormCoefficients&, float*,
                                 float*);
template void norm_backward_input(NormForm, const Chunk&, const NormGradient<float>&, const NormCoefficients&, float*);
template void norm_backward_input(NormForm, const Chunk&, const NormGradient<Bf16>&, const NormCoefficients&, Bf16*);

void merge_norm_sums(const ChunkedMap& map, const float* parts, double* sum, double* product) {
  const std::int64_t columns = map.columns();
  std::vector<double> sums(columns);
  std::vector<double> products(columns);
  for (std::int64_t i = 0; i < map.size(); ++i) {
    const float* const part = parts + i * 2 * columns;
    const Chunk chunk = map[i];
    for (std::int64_t j = 0; j < chunk.columns; ++j) {
      sums[j] += static_cast<double>(part[j]);
      products[j] += static_cast<double>(part[columns + j]);
    }
  }
  std::fill_n(sum, map.channels(), 0);
  std::fill_n(product, map.channels(), 0);
  for (std::int64_t j = 0; j < columns; ++j) {
    sum[j % map.channels()] += sums[j];
    product[j % map.channels()] += products[j];
  }
}

// First the mean, then the squared distances from it: those within each column of a chunk, which m2 has, and those of
// the chunks' own means.
void merge_norm_statistics(const ChunkedMap& map, const float* parts, double* mean, double* variance) {
  const std::int64_t channels = map.channels();
  const std::int64_t columns = map.columns();
  std::vector<double> sums(columns);
  for (std::int64_t i = 0; i < map.size(); ++i) {
    const float* const means = parts + i * 2 * columns;
    const Chunk chunk = map[i];
    const auto rows = static_cast<double>(chunk.rows);
    for (std::int64_t j = 0; j < chunk.columns; ++j) sums[j] += rows * static_cast<double>(means[j]);
  }
  const auto pixels = static_cast<double>(map.pixels());
  std::fill_n(mean, channels, 0);
  for (std::int64_t j = 0; j < columns; ++j) mean[j % channels] += sums[j] / pixels;

  std::vector<double> centres(columns);
  for (std::int64_t j = 0; j < columns; ++j) centres[j] = mean[j % channels];
  std::fill(sums.begin(), sums.end(), 0);
  for (std::int64_t i = 0; i < map.size(); ++i) {
    const float* const means = parts + i * 2 * columns;
    const float* const m2 = means + columns;
    const Chunk chunk = map[i];
    const auto rows = static_cast<double>(chunk.rows);
    for (std::int64_t j = 0; j < chunk.columns; ++j) {
      const double distance = static_cast<double>(means[j]) - centres[j];
      sums[j] += static_cast<double>(m2[j]) + rows * distance * distance;
    }
  }
  std::fill_n(variance, channels, 0);
  for (std::int64_t j = 0; j < columns; ++j) variance[j % channels] += sums[j] / pixels;
}

}  // namespace resnet
#endif
