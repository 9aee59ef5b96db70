#include "adapters/web/live_frames.hpp"

#include "core/json/text.hpp"


namespace rialto::web {
namespace {

/// Members after `{"op":"…"`.
class Frame {
public:
    explicit Frame(std::string_view op, std::string_view id = {}) {
        out_ = "{\"op\":\"";
        out_ += op;
        out_ += '"';
        if (!id.empty()) raw("id", id);
    }
    Frame& text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out_, value);
        return *this;
    }
    Frame& number(std::string_view name, std::uint64_t value) {
        key(name);
        append_number(out_, value);
        return *this;
    }
    Frame& raw(std::string_view name, std::string_view json) {
        key(name);
        out_ += json;
        return *this;
    }
    Frame& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
    Bytes take() {
        out_ += '}';
        return std::move(out_);
    }

private:
    static void append_number(Bytes& out, std::uint64_t value) { out += std::to_string(value); }
    void key(std::string_view name) {
        out_ += ",\"";
        out_ += name;
        out_ += "\":";
    }
    Bytes out_;
};

}  // namespace

Bytes error_frame(std::string_view id, const LiveError& error, std::string_view sentence) {
    return Frame("err", id)
        .number("code", static_cast<std::uint64_t>(error.code))
        .text("error", error.name)
        .text("msg", sentence)
        .boolean("retry", error.may_retry)
        .take();
}

Bytes connected_frame(std::string_view id, const Welcome& welcome) {
    const std::string limits = "{\"msg\":" + std::to_string(welcome.message_size) +
                               ",\"subs\":" + std::to_string(welcome.subscriptions) +
                               ",\"rate\":" + std::to_string(welcome.rate) + "}";
    return Frame("connected", id)
        .text("conn", welcome.connection)
        .text("epoch", welcome.epoch)
        .number("seq", welcome.position)
        .number("ping", static_cast<std::uint64_t>(welcome.ping.count()))
        .raw("limits", limits)
        .text("server", "rialto")
        .take();
}

Bytes subscribed_frame(std::string_view id, std::string_view filter, std::size_t replay,
                       std::uint64_t position, std::optional<bool> recovered) {
    Frame frame("subbed", id);
    frame.text("topic", filter);
    if (recovered) frame.boolean("recovered", *recovered);
    return frame.number("replay", replay).number("seq", position).take();
}

Bytes unsubscribed_frame(std::string_view id, std::string_view filter) {
    return Frame("unsubbed", id).text("topic", filter).take();
}

Bytes live_frame(std::string_view filter, std::uint64_t position) {
    return Frame("live").text("topic", filter).number("seq", position).take();
}

Bytes ack_frame(std::string_view id, std::uint64_t sequence) {
    return Frame("ack", id).number("seq", sequence).take();
}

Bytes gap_frame(std::string_view filter, std::uint64_t lost, std::uint64_t position) {
    return Frame("gap").text("topic", filter).number("lost", lost).number("seq", position).take();
}

Bytes ping_frame() {
    return Frame("ping").take();
}

Bytes bye_frame(int code, std::string_view sentence) {
    return Frame("bye")
        .number("code", static_cast<std::uint64_t>(code))
        .text("msg", sentence)
        .raw("retry_ms", "[500,8000]")
        .take();
}

}  // namespace rialto::web
