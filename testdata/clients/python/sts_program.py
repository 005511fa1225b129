"""A program that gets a temporary key from STS, as the server of an upload page does. Argument: its request as JSON."""

import json
import os
import sys

from sts.sts import Sts

config = {
    "secret_id": os.environ["SECRET_ID"],
    "secret_key": os.environ["SECRET_KEY"],
    "region": os.environ["REGION"],
    "duration_seconds": 1800,
    **json.loads(sys.argv[1]),
}
try:
    print(json.dumps(Sts(config).get_credential()))
except Exception as error:  # what the package raises
    print(json.dumps({"error": str(error)}))
