#include "tools/hansard/config/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace hansard {

result<std::string> read_regular_file(
    const std::string& path, std::size_t max_bytes,
    const std::function<result<void>(const struct stat&)>& check) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return make_error(ec::not_found, "can't be opened; does the file exist?");
  struct closer {
    int fd;
    ~closer() { ::close(fd); }
  } const close_at_end{fd};
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
    return make_error(ec::storage_failed, "is no regular file");
  if (check)
    if (auto fits = check(found); !fits)
      return fits.error();
  if (static_cast<std::uint64_t>(found.st_size) > max_bytes)
    return make_error(ec::too_large, "is too long");
  // One byte more than there was, so that a file that grows is noticed.
  std::string text(static_cast<std::size_t>(found.st_size) + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return make_error(ec::storage_failed, "can't be read");
    if (got == 0)
      break;
    size += static_cast<std::size_t>(got);
  }
  if (size > static_cast<std::size_t>(found.st_size))
    return make_error(
        ec::storage_failed, "changed while it was read; try again");
  text.resize(size);
  return text;
}

} // namespace hansard
