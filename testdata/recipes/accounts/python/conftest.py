# Each test gets an account of its own: copy this file beside your tests.
# pip install pytest pytest-xdist cos-python-sdk-v5; cosemu & pytest -n 4
import json
import os
import urllib.request
from types import SimpleNamespace

import pytest
from qcloud_cos import CosConfig, CosS3Client

CONSOLE = 'http://' + os.environ.get('COSEMU_CONSOLE', '127.0.0.1:9001')


def control(method, path, body=None):
    """Makes a call of cosemu's control API: see CONSOLE/api/v1/openapi.json."""
    headers = {'Content-Type': 'application/json'} if body is not None else {}
    if 'COSEMU_CONTROL_TOKEN' in os.environ:
        headers['Authorization'] = 'Bearer ' + os.environ['COSEMU_CONTROL_TOKEN']
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(CONSOLE + '/api/v1' + path, data, headers, method=method)
    answer = urllib.request.urlopen(request, timeout=30).read()
    return json.loads(answer) if answer else None


@pytest.fixture
def account(request):
    """An account with a key pair, a bucket, a clock and requests of its own. The lease removes it
    if the test is killed."""
    made = control('POST', '/accounts', {'name': request.node.name, 'ttl': '10m'})
    bucket, appid = made['buckets'][0], made['appid']
    yield SimpleNamespace(
        appid=appid,
        bucket=bucket,
        client=CosS3Client(CosConfig(
            Region=made['region'], SecretId=made['secret_id'], SecretKey=made['secret_key'],
            Scheme='http', Domain=made['endpoint'].removeprefix('http://') + '/' + bucket,
        )),
        # Calls of the control API for this account alone.
        control=lambda method, path, body=None: control(
            method, path + ('&' if '?' in path else '?') + 'account=' + appid, body),
    )
    control('DELETE', '/accounts/' + appid)
