#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/store/batch.hpp"

namespace rialto {
struct Url;
}

namespace rialto::store {

/// Keys in the order of their octets, each with a value, that outlive the process. Calls block.
/// @thread write: one at a time; reading: any
class Engine {
public:
    virtual ~Engine() = default;

    /// Makes all these changes, in their order. When it returns without an error they outlive a loss of power. After an error
    /// some or all of them may have been made; making them again does no harm.
    /// @error unreachable  it may work later: the disk is full, the server is gone
    virtual Result<void> write(std::span<const Batch> batches) = 0;

    /// Return false for "enough".
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;
    /// Visits the keys from `from` on that come before `to`, in their order. What changes meanwhile may be seen or not.
    virtual Result<void> read(std::string_view from, std::string_view to, const Visit& visit) = 0;
    virtual Result<std::optional<Bytes>> find(std::string_view key) = 0;
    /// The last key from `from` on that comes before `to`.
    virtual Result<std::optional<Bytes>> last_key(std::string_view from, std::string_view to) = 0;

    /// Called every few seconds while nothing is written. @thread that of write()
    virtual void idle() {}

    /// For people: "/var/lib/rialto".
    virtual std::string place() const = 0;
};

/// A folder on disk, made where it is missing. @error invalid  it can't be made or is in use, or what is in it is damaged or
/// was written by a newer version; says what to do
Result<std::unique_ptr<Engine>> open_folder(const std::string& folder);

/// Redis, where the sessions of a gateway survive the loss of its machine: one that is started elsewhere under the same name goes
/// on with them. A lease keeps two from writing at once. What Redis itself keeps when it crashes is its own affair.
/// @error invalid  another gateway has it  @error unreachable
Result<std::unique_ptr<Engine>> open_redis(const Url& url, std::string_view gateway);

/// What a store is written in; raised when an older version could misread it.
inline constexpr std::string_view format_version = "2";
/// All of it means the same in the current one.
inline constexpr std::string_view format_before = "1";

/// Says that it is ours and of our version, where it is new; or that it is not. Engines call it when they open.
Result<void> check_format(Engine& engine);

}  // namespace rialto::store
