"""Tests uploads against cosemu in a container.

First run `make image` in cosemu's repository.
"""
import pytest
import requests
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

BUCKET = 'test-1250000000'


class Cosemu:
    def __init__(self, container):
        host = container.get_container_host_ip()
        self.api = f'http://{host}:{container.get_exposed_port(9000)}'
        self.console = f'http://{host}:{container.get_exposed_port(9001)}'

    def control(self, path, body=None):
        """Calls the control API. /api/v1/openapi.json describes it."""
        requests.post(self.console + path, json=body, timeout=10).raise_for_status()

    def client(self):
        """cosemu is the proxy, so the code keeps COS's addresses, and the
        container can have any port."""
        return CosS3Client(CosConfig(
            Region='ap-guangzhou', Scheme='http', Proxies={'http': self.api},
            SecretId='AKIDcosemuLocalUseOnlyNotARealKey000', SecretKey='cosemuSecretForLocalTestsOnly000',
        ), retry=0)


@pytest.fixture(scope='session')
def server():
    container = (DockerContainer('cosemu')
                 .with_env('COSEMU_DATA', '')  # in memory
                 .with_exposed_ports(9000, 9001)
                 .waiting_for(HttpWaitStrategy(9001, '/healthz')))
    with container:
        yield Cosemu(container)


@pytest.fixture
def cosemu(server):
    server.control('/api/v1/reset')
    return server


def test_upload_is_stored(cosemu):
    client = cosemu.client()
    client.put_object(Bucket=BUCKET, Key='hello.txt', Body=b'hello')
    assert client.object_exists(BUCKET, 'hello.txt')


def test_each_test_begins_empty(cosemu):
    assert not cosemu.client().object_exists(BUCKET, 'hello.txt')


def test_expired_signature_is_refused(cosemu):
    cosemu.control('/api/v1/clock/advance', {'by': '1d'})
    with pytest.raises(CosServiceError, match='Request has expired'):
        cosemu.client().put_object(Bucket=BUCKET, Key='hello.txt', Body=b'hello')
