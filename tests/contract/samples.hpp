#pragma once

#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace rialto::contract {

/// Payloads that a careless adapter changes.
inline std::vector<Bytes> awkward_payloads() {
    Bytes every_byte;
    for (int value = 0; value < 256; ++value) every_byte.push_back(static_cast<char>(value));
    return {"",
            Bytes("\0", 1),
            every_byte,
            "\r\n$5\r\nhello\r\n",
            Bytes(300 * 1024, '\xFF'),
            "\xE2\x82\xAC, and an end without a newline"};
}

/// Topics that a careless adapter changes: empty levels, blanks, what other protocols take for wildcards.
inline std::vector<std::string> awkward_topics() {
    return {"contract//twice",  "contract/trailing/", "/contract/leading", "contract/sp ace/\xC3\xBC",
            "contract/a.b/c",   "contract/[x]/?/*",   "contract/back\\slash/^-]", "contract/%2F%25/>",
            "contract/\xF0\x9F\x9A\x82"};
}

}  // namespace rialto::contract
