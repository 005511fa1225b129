<?php
// composer require qcloud/cos-sdk-v5; php upload.php
// Start the server with: cosemu
// The host is <bucket>.cos.<region>.localhost, which curl and PHP resolve to this machine.
// Run by hand with version 2.6.16 on PHP 8.2.
require 'vendor/autoload.php';

$bucket = 'test-1250000000';
$client = new Qcloud\Cos\Client([
    'region' => 'ap-guangzhou',
    'scheme' => 'http',
    'endpoint' => 'localhost:9000',
    'credentials' => [
        'secretId' => 'AKIDcosemuLocalUseOnlyNotARealKey000',
        'secretKey' => 'cosemuSecretForLocalTestsOnly000',
    ],
]);

// An upload that the SDK signs.
$client->putObject(['Bucket' => $bucket, 'Key' => 'hello.txt', 'ContentType' => 'text/plain', 'Body' => 'hello']);

// A pre-signed URL for others: for this key, and for text/plain alone.
echo $client->getPresignedUrl('putObject', [
    'Bucket' => $bucket, 'Key' => 'hello.txt', 'ContentType' => 'text/plain', 'Body' => '',
], '+1 hour'), "\n";
