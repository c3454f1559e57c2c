#pragma once

// What every TCP socket of ours is given, be it opened here or handed over.

namespace lb::os {

void set_stream_options(int fd);

}  // namespace lb::os
