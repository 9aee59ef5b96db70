#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/adapter.hpp"
#include "core/gateway.hpp"
#include "core/net/tls_options.hpp"
#include "core/options.hpp"
#include "core/url.hpp"

namespace rialto::contract {

/// A backend as a file would make it: by its adapter, from a url and options.
inline std::unique_ptr<Backend> backend_from(Adapter& adapter, Shard& shard, std::string_view name,
                                             const std::string& url_text,
                                             const std::function<void(OptionValues&)>& set_options = {}) {
    const Url url = Url::parse(url_text).value();
    OptionValues options(adapter.backend_options());
    if (set_options) set_options(options);
    return adapter.make_backend({std::string(name), url, options}, shard).value();
}

/// `tls = { ca = … }`
inline std::shared_ptr<const OptionValues> tls_trusting(const std::string& ca) {
    auto tls = std::make_shared<OptionValues>(client_tls_schema());
    tls->set("ca", ca);
    return tls;
}

}  // namespace rialto::contract
