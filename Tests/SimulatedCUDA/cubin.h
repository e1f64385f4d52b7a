// What the simulated compiler makes: a text with the architecture, a hash of the source and the options, and the names of the
// kernels.
#pragma once
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace simulated {

// FNV-1a.
inline uint64_t hash(const std::string &text) {
  uint64_t value = 14695981039346656037u;
  for (unsigned char byte : text) value = (value ^ byte) * 1099511628211u;
  return value;
}

struct Cubin {
  std::string architecture;  // "90"
  uint64_t source = 0;       // hash of the source and the options
  std::vector<std::string> kernels;

  bool has(const std::string &name) const {
    for (const std::string &kernel : kernels)
      if (kernel == name) return true;
    return false;
  }

  // The text ends with a hash of the text before.
  std::string text() const {
    std::string text = "simulated cubin\nsm_" + architecture + "\n" + digits(source) + "\n";
    for (const std::string &kernel : kernels) text += kernel + "\n";
    return text + "end " + digits(hash(text)) + "\n";
  }

  // Whether an image is such a text, without damage. It may be no text at all: reading ends at the first byte that differs.
  bool read(const char *image) {
    if (strncmp(image, "simulated cubin\nsm_", 19) != 0) return false;
    std::vector<std::string> lines;
    for (std::string line; lines.empty() || lines.back().compare(0, 4, "end ") != 0;) {
      const char *end = strchr(image, '\n');
      if (!end) return false;
      lines.emplace_back(image, end);
      image = end + 1;
    }
    if (lines.size() < 4) return false;
    architecture = lines[1].substr(3);
    source = strtoull(lines[2].c_str(), nullptr, 16);
    kernels.assign(lines.begin() + 3, lines.end() - 1);
    return lines.back() + "\n" == text().substr(text().size() - lines.back().size() - 1);
  }

 private:
  static std::string digits(uint64_t value) {
    char digits[17];
    snprintf(digits, sizeof digits, "%016" PRIx64, value);
    return digits;
  }
};

}  // namespace simulated
