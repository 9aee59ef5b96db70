#include "bridge/reference.hpp"

#include <sstream>

#include "bridge/config_schema.hpp"
#include "core/units.hpp"

namespace rialto::bridge {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

/// As TOML; empty where there is no value.
struct ToToml {
    OptionType type;

    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const std::string& value) const { return quoted(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const {
        std::ostringstream out;
        out << value;
        return type == OptionType::rate ? quoted(rate_text(value)) : out.str();
    }
    std::string operator()(std::chrono::milliseconds value) const { return quoted(duration_text(value)); }
    std::string operator()(std::uint64_t value) const {
        const std::string text = size_text(value);
        return text.back() == 'B' ? quoted(text) : text;
    }
    std::string operator()(const std::vector<std::string>& values) const {
        if (values.empty()) return {};
        std::string out;
        for (const std::string& value : values) out += (out.empty() ? "[" : ", ") + quoted(value);
        return out + "]";
    }
    std::string operator()(const TextMap&) const { return {}; }
    std::string operator()(const std::shared_ptr<const OptionValues>&) const { return {}; }
};

std::string default_text(const OptionSpec& spec) { return std::visit(ToToml{spec.type}, spec.fallback); }

std::string example_for(const OptionSpec& spec) {
    if (!spec.example.empty()) return spec.example;
    switch (spec.type) {
        case OptionType::text_list:
            return "[\"…\"]";
        case OptionType::text_map:
            return "{ \"…\" = \"…\" }";
        case OptionType::rate:
            return "\"100/s\"";
        default:
            return "\"…\"";
    }
}

std::string help_for(const OptionSpec& spec) {
    std::string out = spec.help;
    if (!spec.allowed.empty()) {
        std::string values;
        for (const std::string& value : spec.allowed) values += (values.empty() ? "" : ", ") + quoted(value);
        out += (out.empty() ? "" : ": ") + values;
    }
    if (spec.range) out += "; " + std::to_string(spec.range->first) + " to " + std::to_string(spec.range->second);
    return out;
}

/// Writes the tables one after the other.
class Writer {
public:
    void line(const std::string& text = {}) { out_ << text << "\n"; }

    void options(const Schema& schema, std::string_view url = {}) {
        for (const OptionSpec& spec : schema.specs()) {
            if (spec.is_promised || spec.is_internal) continue;
            line();
            line("# " + help_for(spec));
            if (spec.name == "url" && !url.empty()) {
                line("url = " + quoted(url));
            } else if (spec.is_required) {
                line(spec.name + " = " + example_for(spec));
            } else if (spec.type == OptionType::table) {
                nested(spec);
            } else if (const std::string value = default_text(spec); !value.empty() && spec.name != "protocol") {
                line(spec.name + " = " + value);
            } else {
                line("# " + spec.name + " = " + (value.empty() ? example_for(spec) : value));
            }
        }
    }

    std::string text() const { return out_.str(); }

private:
    /// A table in one line, what it may have above it; commented, because it is not the same without it.
    void nested(const OptionSpec& spec) {
        std::string inside;
        for (const OptionSpec& option : spec.table->specs()) {
            if (option.is_promised) continue;
            const std::string value = default_text(option);
            line("#   " + option.name + ": " + help_for(option));
            inside += (inside.empty() ? "" : ", ") + option.name + " = " + (value.empty() ? example_for(option) : value);
        }
        line("# " + spec.name + " = { " + inside + " }");
    }

    std::ostringstream out_;
};

std::string names_of(const std::vector<Adapter::Scheme>& schemes) {
    std::string out;
    for (const auto& scheme : schemes) out += (out.empty() ? "" : ", ") + std::string(scheme.name);
    return out;
}

std::string example_url(const Adapter::Scheme& scheme) {
    const std::string name(scheme.name);
    if (scheme.default_port == 0) return name + ":example";
    return name + "://127.0.0.1:" + std::to_string(scheme.default_port);
}

void write_listeners(Writer& out, const Gateway& catalog) {
    for (const auto& adapter : catalog.adapters()) {
        const auto schemes = adapter->listener_schemes();
        if (schemes.empty()) continue;
        out.line();
        out.line("[listeners." + std::string(adapter->name()) + "]  # schemes: " + names_of(schemes));
        out.options(listener_schema(*adapter), example_url(schemes.front()));
    }
}

void write_backends(Writer& out, const Gateway& catalog) {
    for (const auto& adapter : catalog.adapters()) {
        const auto schemes = adapter->backend_schemes();
        if (schemes.empty()) continue;
        out.line();
        out.line("[backends." + std::string(adapter->name()) + "]  # schemes: " + names_of(schemes));
        out.options(backend_schema(*adapter), example_url(schemes.front()));
    }
}

void write_list(Writer& out, const std::string& name, const Schema& schema) {
    out.line();
    out.line("[[" + name + "]]");
    out.options(schema);
}

}  // namespace

std::string reference_config(const Gateway& catalog) {
    Writer out;
    out.line("# Every option, with its default. What has no default stands in a comment, as an example of it.");
    out.line("# Made from the declarations in the code: `ninja reference` writes it anew.");
    out.line();
    out.line("[gateway]");
    out.options(gateway_schema());
    out.line();
    out.line("[log]");
    out.options(log_schema());
    out.line();
    out.line("[auth]");
    out.options(auth_schema());
    write_listeners(out, catalog);
    write_backends(out, catalog);
    write_list(out, "routes", route_schema());
    write_list(out, "history", history_schema());
    return out.text();
}

}  // namespace rialto::bridge
