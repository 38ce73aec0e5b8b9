// SPDX-License-Identifier: MIT
#include "dataset/synthetic.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "support/catch.hpp"

TEST_CASE("Synthetic images are those of an independent computation, so they are the same on every machine") {
  // The fingerprint of the first 12 training images of seed 7, from a Python program with its own SplitMix64.
  const resnet::Cifar10 set = resnet::synthetic_cifar10(12, 3, 7);
  CHECK(resnet::fingerprint(set.train) == "33340b1e871645f6");
  CHECK(set.train.images.sizes() == at::IntArrayRef({12, 3, 32, 32}));
  CHECK(set.test.images.sizes() == at::IntArrayRef({3, 3, 32, 32}));
}

TEST_CASE("Another seed gives other synthetic images, a larger set begins with the smaller one") {
  const resnet::Cifar10 set = resnet::synthetic_cifar10(20, 10, 1);
  CHECK(resnet::fingerprint(resnet::synthetic_cifar10(20, 10, 2).train) != resnet::fingerprint(set.train));
  const resnet::Cifar10 larger = resnet::synthetic_cifar10(30, 10, 1);
  CHECK(at::equal(larger.train.images.narrow(0, 0, 20), set.train.images));
  CHECK_FALSE(at::equal(set.train.images.narrow(0, 0, 10), set.test.images));
}

TEST_CASE("Synthetic classes can be told apart: the nearest class mean knows every test image") {
  const resnet::Cifar10 set = resnet::synthetic_cifar10(500, 200, 3);
  const at::Tensor train = set.train.images.view({500, -1}).to(at::kDouble);
  const at::Tensor test = set.test.images.view({200, -1}).to(at::kDouble);
  const at::Tensor means = train.view({50, 10, -1}).mean(0);  // classes take turns
  CHECK(at::equal(at::cdist(test, means).argmin(1), set.test.labels));
  CHECK(at::equal(set.train.labels.bincount(), at::full({10}, 50, at::kLong)));
}

TEST_CASE("Synthetic data without images is refused") {
  CHECK_THROWS_AS(resnet::synthetic_cifar10(0, 10, 0), resnet::Error);
  CHECK_THROWS_AS(resnet::synthetic_cifar10(10, 0, 0), resnet::Error);
}
