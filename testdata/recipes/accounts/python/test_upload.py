import pytest
import requests


@pytest.mark.parametrize('n', range(8))
def test_upload(account, n):
    account.client.put_object(Bucket=account.bucket, Key='photo.jpg', Body=b'%d' % n)
    listed = account.client.list_objects(Bucket=account.bucket)['Contents']
    assert [o['Key'] for o in listed] == ['photo.jpg']  # and nothing of another test


def test_expired(account):
    url = account.client.get_presigned_url(Bucket=account.bucket, Key='photo.jpg', Method='PUT', Expired=60)
    assert requests.put(url, b'in time', timeout=30).status_code == 200
    account.control('POST', '/clock/advance', {'by': '2m'})  # of this account alone
    assert requests.put(url, b'late', timeout=30).status_code == 403
    found = account.control('GET', '/requests/wait?diagnosis=expired')['requests']
    assert found[0]['key'] == 'photo.jpg'
