# pip install boto3; python upload.py
# Start the server with: cosemu
import boto3
from botocore.config import Config

bucket = 'test-1250000000'
s3 = boto3.client(
    's3',
    region_name='ap-guangzhou',
    # For the cloud: https://cos.ap-guangzhou.myqcloud.com, and 'virtual' below.
    endpoint_url='http://127.0.0.1:9000',
    aws_access_key_id='AKIDcosemuLocalUseOnlyNotARealKey000',
    aws_secret_access_key='cosemuSecretForLocalTestsOnly000',
    config=Config(
        signature_version='s3v4',
        s3={'addressing_style': 'path'},
        request_checksum_calculation='when_required',  # COS refuses the default
    ),
)

# An upload that the SDK signs.
s3.put_object(Bucket=bucket, Key='hello.txt', ContentType='text/plain', Body=b'hello')

# A pre-signed URL for others: for this key, and for text/plain alone.
print(s3.generate_presigned_url(
    'put_object', ExpiresIn=3600,
    Params={'Bucket': bucket, 'Key': 'hello.txt', 'ContentType': 'text/plain'},
))
