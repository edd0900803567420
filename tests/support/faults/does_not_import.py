import json

json.no_such_thing()
