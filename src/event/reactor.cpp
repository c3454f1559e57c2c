#include "lb/event/reactor.h"

#include <algorithm>
#include <cassert>
#include <system_error>
#include <utility>

#include "lb/event/timer.h"
#include "lb/event/watch.h"

namespace lb::event {
namespace {

// Deadlines are rounded up to this grain when they are scheduled, so that many that fall together
// cost one wake-up.
constexpr auto kTimerGrain = std::chrono::milliseconds(4);
constexpr std::uint32_t kTimerSlot = 0;
constexpr std::uint32_t kFirstRankSlot = 1;
constexpr std::size_t kOwnSlots = 2;
constexpr std::uint32_t kSlotBits = 32;
constexpr std::uint64_t kDispatched = UINT64_MAX;  // no slot is that large

os::Time round_up(os::Time at) {
  const auto grains = (at.time_since_epoch() + kTimerGrain - os::Time::duration(1)) / kTimerGrain;
  return os::Time(grains * kTimerGrain);
}

os::Fd open_or_throw(std::expected<os::Fd, int> fd, const char* what) {
  if (!fd) throw std::system_error(fd.error(), std::generic_category(), what);
  return std::move(*fd);
}

}  // namespace

Reactor::Reactor(const Limits& limits)
    : busy_poll_(limits.busy_poll),
      crowd_min_(limits.crowd_min),
      crowd_events_max_(limits.crowd_events_max),
      poller_(open_or_throw(os::open_poller(), "epoll")),
      first_poller_(open_or_throw(os::open_poller(), "epoll")),
      timer_fd_(open_or_throw(os::open_timer(), "timerfd")),
      now_(os::now()),
      first_events_(limits.events_max),
      other_events_(limits.events_max),
      slots_(kOwnSlots),
      on_ready_(kOwnSlots),
      scratch_memory_(limits.scratch_in_bytes + limits.scratch_out_bytes) {
  const std::span<char> memory(scratch_memory_);
  scratch_in_ = memory.first(limits.scratch_in_bytes);
  scratch_out_ = memory.subspan(limits.scratch_in_bytes);
  constexpr os::Interest kRead{.read = true, .write = false};
  int error = os::poller_add(poller_.get(), timer_fd_.get(), kRead, kTimerSlot);
  if (error == 0) {
    error = os::poller_add(poller_.get(), first_poller_.get(), kRead, kFirstRankSlot);
  }
  if (error != 0) throw std::system_error(error, std::generic_category(), "epoll");
}

Reactor::~Reactor() {
  bury();
  assert(watches_ == 0 && "a watch outlives the reactor");
  assert(heap_.empty() && "a timer outlives the reactor");
}

void Reactor::run() {
  running_ = true;
  now_ = os::now();
  while (running_) turn();
  bury();
}

void Reactor::turn() {
  const Batch batch = wait();
  now_ = os::now();
  ++turns_;
  dispatch_early(batch.first);
  dispatch_early(batch.others);
  dispatch(batch.first);
  dispatch(batch.others);
  run_timers();
  run_posted();
  bury();
}

// The first rank is asked last, so that nothing it tells of comes after what the others tell of.
Reactor::Batch Reactor::wait() {
  const std::span<os::Event> room =
      std::span(other_events_).first(crowded_ ? crowd_events_max_ : other_events_.size());
  const std::span<os::Event> others = room.first(wait_for_any(room));
  const bool told = std::ranges::find(others, kFirstRankSlot, &os::Event::token) != others.end();
  // The queue of the kernel is as long as there are clients that wait: what tells of the first rank
  // may stand behind what a full batch holds.
  const bool may_be_behind = others.size() == room.size();
  const std::size_t first =
      told || may_be_behind ? os::wait(first_poller_.get(), first_events_, false) : 0;
  return {std::span(first_events_).first(first), others};
}

// Looking again costs less time than being woken.
std::size_t Reactor::wait_for_any(std::span<os::Event> room) {
  if (busy_poll_.count() > 0 && posts_.empty()) {
    const os::Time until = os::now() + busy_poll_;
    do {
      const std::size_t count = os::wait(poller_.get(), room, false);
      if (count > 0) return count;
    } while (os::now() < until);
  }
  return os::wait(poller_.get(), room, posts_.empty());
}

void Reactor::dispatch_early(std::span<os::Event> batch) {
  for (os::Event& event : batch) {
    if (!is_early(event)) continue;
    const os::Event early = std::exchange(event, {.token = kDispatched});
    dispatch(early);
  }
}

void Reactor::dispatch(std::span<const os::Event> batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i + 1 < batch.size()) prefetch(batch[i + 1]);
    if (batch[i].token != kDispatched) dispatch(batch[i]);
  }
}

// With many connections each is out of the caches when its turn comes.
void Reactor::prefetch(const os::Event& event) const {
  constexpr std::size_t kHotBytes = 192;  // of a connection and what it belongs to
  const auto slot = static_cast<std::uint32_t>(event.token);
  if (slot < on_ready_.size()) on_ready_[slot].prefetch(kHotBytes);
}

bool Reactor::is_early(const os::Event& event) const {
  return slots_[static_cast<std::uint32_t>(event.token)].early != 0;
}

void Reactor::dispatch(const os::Event& event) {
  const auto slot = static_cast<std::uint32_t>(event.token);
  if (slot == kTimerSlot) {
    os::drain_timer(timer_fd_.get());
    armed_ = os::Time::max();
    return;
  }
  if (slot == kFirstRankSlot) return;                               // see wait()
  if (slots_[slot].generation != event.token >> kSlotBits) return;  // stale: closed in this batch
  const Callback<Ready> on_ready = on_ready_[slot];                 // which may move meanwhile
  if (on_ready) on_ready({event.readable, event.writable, event.hangup});
}

// ---- watches

std::uint64_t Reactor::token(std::uint32_t slot) const {
  return std::uint64_t{slots_[slot].generation} << kSlotBits | slot;
}

int Reactor::add(Watch& watch, Callback<Ready> on_ready) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
    on_ready_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  watch.apart_ = is_apart(watch);
  const int error =
      os::poller_add(poller(watch.apart_).get(), watch.fd_, watch.interest_, token(slot));
  if (error != 0) return error;
  free_slots_.pop_back();
  on_ready_[slot] = on_ready;
  watch.slot_ = slot;
  ++watches_;
  if (watch.rank_ == Watch::Rank::kOrdinary && ++ordinary_ >= crowd_min_) crowded_ = true;
  return 0;
}

void Reactor::change(const Watch& watch) {
  os::poller_change(poller(watch.apart_).get(), watch.fd_, watch.interest_, token(watch.slot_));
}

void Reactor::remove(Watch& watch) {
  Slot& slot = slots_[watch.slot_];
  on_ready_[watch.slot_] = {};
  slot.early = 0;
  ++slot.generation;  // events of this batch that still carry the old one are stale
  free_slots_.push_back(watch.slot_);
  --watches_;
  if (watch.rank_ == Watch::Rank::kOrdinary && --ordinary_ < crowd_min_ / 2) crowded_ = false;
}

bool Reactor::is_apart(const Watch& watch) const {
  return crowded_ && watch.rank_ == Watch::Rank::kFirst;
}

// To where it would be opened now. Where the kernel has no memory for that, it stays.
void Reactor::settle(Watch& watch) {
  const bool apart = is_apart(watch);
  if (apart == watch.apart_) return;
  const os::Fd& to = poller(apart);
  if (os::poller_add(to.get(), watch.fd_, watch.interest_, token(watch.slot_)) != 0) return;
  os::poller_remove(poller(watch.apart_).get(), watch.fd_);
  watch.apart_ = apart;
}

// ---- timers

void Reactor::schedule(Timer& timer, os::Time at) {
  at = round_up(at);
  if (timer.index_ == Timer::kNotScheduled) {
    heap_.push_back({at, &timer});
    timer.index_ = static_cast<std::uint32_t>(heap_.size() - 1);
  } else if (at < heap_[timer.index_].at) {
    heap_[timer.index_].at = at;
  } else {
    return;  // it is looked at earlier anyway, and then put back
  }
  sift_up(timer.index_);
  arm();
}

void Reactor::unschedule(Timer& timer) {
  if (timer.index_ == Timer::kNotScheduled) return;
  const std::size_t index = std::exchange(timer.index_, Timer::kNotScheduled);
  const Visit last = heap_.back();
  heap_.pop_back();
  if (last.timer == &timer) return;
  place(index, last);
  sift_up(index);
  sift_down(last.timer->index_);
}

void Reactor::arm() {
  if (heap_.empty() || heap_.front().at >= armed_) return;
  armed_ = heap_.front().at;
  os::arm_timer(timer_fd_.get(), armed_);
}

void Reactor::run_timers() {
  if (heap_.empty() || heap_.front().at > now_) {
    arm();
    return;
  }
  while (!heap_.empty() && heap_.front().at <= now_) {
    Timer& timer = *heap_.front().timer;
    unschedule(timer);
    if (timer.deadline_ > now_) {
      if (timer.is_set()) schedule(timer, timer.deadline_);
      continue;
    }
    timer.cancel();
    timer.on_due_();
  }
  arm();
}

void Reactor::place(std::size_t index, Visit visit) {
  heap_[index] = visit;
  visit.timer->index_ = static_cast<std::uint32_t>(index);
}

void Reactor::sift_up(std::size_t index) {
  const Visit moving = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent].at <= moving.at) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, moving);
}

void Reactor::sift_down(std::size_t index) {
  const Visit moving = heap_[index];
  while (true) {
    std::size_t child = index * 2 + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (moving.at <= heap_[child].at) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, moving);
}

// ---- posted calls and the dead

void Reactor::post(Callback<> call, bool& posted) {
  if (std::exchange(posted, true)) return;
  posts_.push_back({call, &posted});
}

void Reactor::unpost(bool& posted) {
  if (!std::exchange(posted, false)) return;
  for (std::vector<Post>* posts : {&posts_, &posts_now_}) {
    const auto post = std::ranges::find(*posts, &posted, &Post::posted);
    if (post != posts->end()) post->posted = nullptr;
  }
}

void Reactor::run_posted() {
  // What is posted from here on waits for the next turn, or one that posts itself for ever would
  // starve the rest.
  posts_now_.swap(posts_);
  for (Post& post : posts_now_) {
    if (post.posted == nullptr) continue;
    *std::exchange(post.posted, nullptr) = false;
    post.call();
  }
  posts_now_.clear();
}

void Reactor::bury() {
  // Destructors may retire more; they go in the same step.
  while (!retired_.empty()) {
    burying_.swap(retired_);
    burying_.clear();
  }
}

}  // namespace lb::event
