// SPDX-License-Identifier: MIT
#include "dataset/split.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "dataset/synthetic.hpp"
#include "support/catch.hpp"

TEST_CASE("Validation images are the last ones, and the two parts are the whole set (Section 4.2)") {
  const resnet::ImageSet whole = resnet::synthetic_cifar10(50, 1, 0).train;
  const auto [train, validation] = resnet::split_train_validation(whole, 5);
  CHECK(train.size() == 45);
  CHECK(validation.size() == 5);
  CHECK(train.class_names == whole.class_names);
  CHECK(at::equal(at::cat({train.images, validation.images}), whole.images));
  CHECK(at::equal(at::cat({train.labels, validation.labels}), whole.labels));
}

TEST_CASE("A split that leaves one part empty is refused") {
  const resnet::ImageSet whole = resnet::synthetic_cifar10(50, 1, 0).train;
  for (const int images : {-1, 0, 50, 51})
    CHECK_THROWS_AS(resnet::split_train_validation(whole, images), resnet::Error);
}
