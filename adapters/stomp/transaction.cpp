#include "adapters/stomp/transaction.hpp"

#include <algorithm>
#include <utility>

namespace rialto::stomp {
namespace {

Error not_open(std::string_view id) {
    return fail(Errc::protocol, "no transaction '" + std::string(id.substr(0, 100)) + "' has begun");
}

}  // namespace

Transaction* Transactions::find(std::string_view id) noexcept {
    const auto found =
        std::find_if(open_.begin(), open_.end(), [id](const Transaction& open) { return open.id == id; });
    return found == open_.end() ? nullptr : &*found;
}

Result<void> Transactions::begin(std::string_view id) {
    if (find(id))
        return fail(Errc::protocol, "transaction '" + std::string(id.substr(0, 100)) + "' has begun already");
    if (open_.size() >= limits_.transactions) {
        return fail(Errc::over_limit,
                    "more than " + std::to_string(limits_.transactions) + " transactions are open");
    }
    open_.push_back({std::string(id), {}, 0});
    return {};
}

Result<void> Transactions::add(std::string_view id, Sending sending) {
    const std::size_t size = sending.message->size();
    return add_step(id, std::move(sending), size);
}

Result<void> Transactions::add(std::string_view id, Settlement settlement) {
    return add_step(id, settlement, 0);
}

Result<void> Transactions::add_step(std::string_view id, std::variant<Sending, Settlement> step,
                                    std::size_t size) {
    Transaction* transaction = find(id);
    if (!transaction) return not_open(id);
    if (transaction->steps.size() >= limits_.transaction_frames ||
        transaction->size + size > limits_.transaction_size) {
        return fail(Errc::over_limit, "the transaction has more than " +
                                          std::to_string(limits_.transaction_frames) + " frames or " +
                                          std::to_string(limits_.transaction_size) + " octets");
    }
    transaction->steps.push_back(std::move(step));
    transaction->size += size;
    return {};
}

Result<Transaction> Transactions::end(std::string_view id) {
    Transaction* found = find(id);
    if (!found) return not_open(id);
    Transaction transaction = std::move(*found);
    open_.erase(open_.begin() + (found - open_.data()));
    return transaction;
}

}  // namespace rialto::stomp
