#pragma once

// pipe(7), as far as splice(2) between it and a socket goes.

#include <memory>
#include <string>

#include "tests/sim/kernel/description.h"

namespace lb::sim {

class PipeEnd final : public Description {
 public:
  struct Content {
    std::string bytes;
    std::size_t capacity;
  };

  explicit PipeEnd(std::shared_ptr<Content> content) : content_(std::move(content)) {}

  [[nodiscard]] Content& content() { return *content_; }
  [[nodiscard]] std::size_t room() const { return content_->capacity - content_->bytes.size(); }

 private:
  std::shared_ptr<Content> content_;
};

}  // namespace lb::sim
