#pragma once

#include "adapters/mqtt/client.hpp"

#include <memory>

namespace rialto::mqtt {

/// The reading half of a client, as the engine sees it. A message is acknowledged when its receipt settles as accepted
/// or rejected, in the order of arrival; one that was released never is, and comes again on the next connection.
/// Lives on: one shard.
class Source final : public rialto::Source {
public:
    Source(std::shared_ptr<Client> client, std::vector<TopicFilter> filters) : client_(std::move(client)) {
        client_->intake().set_filters(std::move(filters));
    }
    ~Source() override { client_->close_source(); }

    boost::asio::awaitable<Result<void>> open(Inlet& inlet) override { return client_->open_source(inlet); }
    void grant(std::uint32_t more) override { client_->intake().grant(more); }
    boost::asio::awaitable<void> close() override {
        client_->close_source();
        co_return;
    }

private:
    std::shared_ptr<Client> client_;
};

}  // namespace rialto::mqtt
