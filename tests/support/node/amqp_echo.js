// Serves requests over AMQP 1.0 with rhea until it is killed: each message that comes at ADDRESS is answered at its reply-to, with
// its own correlation id, in upper case, and with all its application properties.
//
//   node amqp_echo.js URL ADDRESS      URL is amqp://HOST:PORT or ws://HOST:PORT/PATH
//
// Says "ready" once it can be asked, and "closed CONDITION" when the server closes the connection.
const rhea = require("rhea");
const [url, address] = process.argv.slice(2);

const container = rhea.create_container();
const target = new URL(url);
const options = { username: "node", password: "secret", reconnect: false, idle_time_out: 4000 };
if (target.protocol === "ws:") {
  options.connection_details = container.websocket_connect(require("ws"))(url, ["amqp"], {});
} else {
  options.host = target.hostname;
  options.port = target.port;
}
const connection = container.connect(options);
let replies;

container.on("connection_open", () => {
  replies = connection.open_sender({ target: {} });           // the anonymous terminus
  connection.open_receiver({ source: address, credit_window: 10, autoaccept: true });
});
container.on("receiver_open", () => console.log("ready"));
container.on("message", (context) => {
  const { message } = context;
  const text = message.body.content ? message.body.content.toString() : String(message.body);
  replies.send({
    to: message.reply_to,
    correlation_id: message.correlation_id,
    application_properties: message.application_properties,
    body: text.toUpperCase(),
  });
});
container.on("connection_error", (context) => console.log("closed", context.connection.error.condition));
container.on("disconnected", () => process.exit(0));
