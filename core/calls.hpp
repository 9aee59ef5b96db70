#pragma once

namespace rialto {

/// Deletes by calling one C function: std::unique_ptr<SSL, Calls<SSL_free>>.
template <auto Function>
struct Calls {
    void operator()(auto* handle) const noexcept { Function(handle); }
};

}  // namespace rialto
