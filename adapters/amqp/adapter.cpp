#include "adapters/amqp/adapter.hpp"

namespace rialto::amqp {
namespace {

class AmqpAdapter final : public Adapter {
public:
    explicit AmqpAdapter(Gateway& gateway) : gateway_(gateway) {}

    std::string_view name() const override { return "amqp"; }

private:
    [[maybe_unused]] Gateway& gateway_;
};

}  // namespace

std::unique_ptr<Adapter> make_adapter(Gateway& gateway) { return std::make_unique<AmqpAdapter>(gateway); }

}  // namespace rialto::amqp
