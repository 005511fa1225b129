# pip install cos-python-sdk-v5; python upload.py
# Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
from qcloud_cos import CosConfig, CosS3Client

bucket = 'test-1250000000'
client = CosS3Client(CosConfig(
    Region='ap-guangzhou',
    SecretId='AKIDcosemuLocalUseOnlyNotARealKey000',
    SecretKey='cosemuSecretForLocalTestsOnly000',
    Scheme='http',
    Domain='127.0.0.1:9000/' + bucket,
))

# An upload that the SDK signs.
client.put_object(Bucket=bucket, Key='hello.txt', ContentType='text/plain', Body=b'hello')

# A pre-signed URL for others: for this key, and for text/plain alone.
print(client.get_presigned_url(
    Method='PUT', Bucket=bucket, Key='hello.txt', Expired=3600,
    Headers={'Content-Type': 'text/plain'},
))
