from origins.apache2 import Apache2
from origins.nginx import Nginx
from origins.scripted import Node, Python

KINDS = {kind.name: kind for kind in (Node, Python, Nginx, Apache2)}
