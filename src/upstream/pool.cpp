#include "lb/upstream/pool.h"

namespace lb::upstream {
namespace {

void end(std::unique_ptr<H1Client> client) {
  client->close();
  event::Reactor& reactor = client->reactor();
  reactor.retire(std::move(client));
}

}  // namespace

std::unique_ptr<H1Client> Pool::take() {
  while (H1Client* newest = idle_.newest()) {
    newest->look();
    if (newest == idle_.newest()) return idle_.remove(*newest);
  }
  return nullptr;
}

void Pool::put(std::unique_ptr<H1Client> client, bool keep) {
  if (!keep || idle_max_ == 0 || !client->reusable()) return end(std::move(client));
  if (idle_.size() >= idle_max_) evict_oldest();
  idle_.add(std::move(client)).rest(*this);
}

bool Pool::evict_oldest() {
  if (idle_.empty()) return false;
  end(idle_.remove(*idle_.oldest()));
  return true;
}

void Pool::clear() {
  while (evict_oldest()) {
  }
}

void Pool::on_idle_ended(H1Client& client) {
  end(idle_.remove(client));
}

}  // namespace lb::upstream
