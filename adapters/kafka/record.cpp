#include "adapters/kafka/record.hpp"

#include <array>

namespace rialto::kafka {
namespace {

using Headers = std::unique_ptr<rd_kafka_headers_t, Calls<rd_kafka_headers_destroy>>;
using ProduceError = std::unique_ptr<rd_kafka_error_t, Calls<rd_kafka_error_destroy>>;

std::optional<Bytes> bytes_of(const void* data, std::size_t size) {
    if (!data) return std::nullopt;
    return Bytes(static_cast<const char*>(data), size);
}

TextHeaders headers_of(const rd_kafka_message_t& message) {
    TextHeaders out;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t at = 0; rd_kafka_header_get_all(headers, at, &name, &value, &size) == 0; ++at) {
        out.push_back({name, bytes_of(value, size).value_or(Bytes())});
    }
    return out;
}

Headers native_headers(const TextHeaders& headers) {
    if (headers.empty()) return nullptr;
    Headers out(rd_kafka_headers_new(headers.size()));
    for (const TextHeader& header : headers) {
        rd_kafka_header_add(out.get(), header.name.data(), static_cast<ssize_t>(header.name.size()), header.value.data(),
                            static_cast<ssize_t>(header.value.size()));
    }
    return out;
}

rd_kafka_vu_t bytes_unit(rd_kafka_vtype_t type, const std::optional<Bytes>& bytes) {
    rd_kafka_vu_t unit{};
    unit.vtype = type;
    unit.u.mem = {bytes ? const_cast<char*>(bytes->data()) : nullptr, bytes ? bytes->size() : 0};  // copied
    return unit;
}

}  // namespace

Record record_from(const rd_kafka_message_t& message) {
    Record record;
    record.topic = rd_kafka_topic_name(message.rkt);
    record.key = bytes_of(message.key, message.key_len);
    record.value = bytes_of(message.payload, message.len);
    record.headers = headers_of(message);
    auto kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t timestamp = rd_kafka_message_timestamp(&message, &kind);
    if (kind == RD_KAFKA_TIMESTAMP_CREATE_TIME && timestamp >= 0) {
        record.timestamp = WallTime(std::chrono::milliseconds(timestamp));
    }
    return record;
}

rd_kafka_resp_err_t produce(rd_kafka_t& client, const Record& record, std::uint64_t token) {
    Headers headers = native_headers(record.headers);
    std::array<rd_kafka_vu_t, 7> units{};
    units[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    units[0].u.cstr = record.topic.c_str();
    units[1] = bytes_unit(RD_KAFKA_VTYPE_KEY, record.key);
    units[2] = bytes_unit(RD_KAFKA_VTYPE_VALUE, record.value);
    units[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    units[3].u.i = RD_KAFKA_MSG_F_COPY;
    units[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    units[4].u.ptr = reinterpret_cast<void*>(static_cast<std::uintptr_t>(token));
    units[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    units[5].u.i64 = record.timestamp ? record.timestamp->time_since_epoch().count() : 0;
    std::size_t count = 6;
    if (headers) {
        units[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        units[count++].u.headers = headers.get();
    }
    const ProduceError error(rd_kafka_produceva(&client, units.data(), count));
    if (!error) {
        static_cast<void>(headers.release());  // theirs now
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return rd_kafka_error_code(error.get());
}

PartitionList make_partition_list(std::size_t size) {
    return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

}  // namespace rialto::kafka
