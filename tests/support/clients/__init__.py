"""Real clients of every protocol, with one way to look at what they received."""

from tests.support.clients.inbox import Inbox, Received
from tests.support.clients.live import LiveSocket, Refused
from tests.support.clients.mosquitto import mosquitto_pub, mosquitto_sub
from tests.support.clients.mqtt import MqttClient
from tests.support.clients.redis import RedisClient
from tests.support.clients.stomp import StompClient

__all__ = ["Inbox", "LiveSocket", "MqttClient", "Received", "RedisClient", "Refused", "StompClient", "mosquitto_pub",
           "mosquitto_sub"]
