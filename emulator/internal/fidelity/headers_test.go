package fidelity

// headerRows are the headers that the API reads and answers.
func headerRows() []row {
	var rows []row
	for _, r := range requestHeaders() {
		rows = append(rows, row{kind: kindHeader, name: r[0], what: r[1], source: r[2]})
	}
	for _, r := range answerHeaders() {
		rows = append(rows, row{kind: kindAnswer, name: r[0], what: r[1], source: r[2]})
	}
	return rows
}

// requestHeaders: name, the calls that read it and what it does there, source.
func requestHeaders() [][3]string {
	return append([][3]string{
		{"access-control-request-headers", "preflight: must be allowed by the rule", "COS docs: OPTIONS Object; choice 133"},
		{"access-control-request-method", "preflight: must be allowed by the rule", "COS docs: OPTIONS Object; choice 134"},
		{"authorization", "all: the signature, before the one of the query", "COS docs: 请求签名; choice 1"},
		{"cache-control", "uploads: kept, and given back on download", "COS docs: PUT Object"},
		{"content-disposition", "uploads: kept, and given back on download", "COS docs: PUT Object"},
		{"content-encoding", "uploads: kept, and given back on download", "COS docs: PUT Object"},
		{"content-language", "uploads: kept, and given back on download", "COS docs: PUT Object"},
		{"content-length", "all with a body: it, or chunked transfer", "COS docs: 公共请求头部; COS docs: PUT Object"},
		{"content-md5", "all with a body: the body must have it", "COS docs: 公共请求头部"},
		{"content-type", "uploads: kept, and given back on download, else that of the key; forms: the boundary", "COS docs: PUT Object; COS docs: POST Object; choice 60; choice 432"},
		{"date", "all, when signed: at most 15 minutes off", "COS docs: 错误码; choice 52"},
		{"expect", "uploads: `100 Continue` comes after the verdict", "RFC 9110, section 10.1.1; choice 55"},
		{"expires", "uploads: kept, and given back on download", "COS docs: PUT Object"},
		{"if-match", "GET, HEAD Object: 412 when it does not hold; uploads: refused by name", "COS docs: GET Object; choice 409"},
		{"if-modified-since", "GET, HEAD Object: 304 when it does not hold; uploads: refused by name", "COS docs: GET Object; choice 409"},
		{"if-none-match", "GET, HEAD Object: 304 when it does not hold; uploads: refused by name", "COS docs: GET Object; choice 409"},
		{"if-range", "GET Object: the whole object when it does not hold", "RFC 9110, section 13.1.5"},
		{"if-unmodified-since", "GET, HEAD Object: 412 when it does not hold; uploads: refused by name", "COS docs: GET Object; choice 409"},
		{"origin", "all: chooses the CORS rule", "COS docs: OPTIONS Object; choice 137"},
		{"range", "GET Object: a part of it, 206", "COS docs: GET Object; choice 62"},
		{"referer", "unsigned requests: judged by the bucket's referer list", "COS docs: 设置防盗链"},
		{"transfer-encoding", "uploads: chunked, and then no length", "COS docs: PUT Object"},
	}, cosHeaders()...)
}

// cosHeaders are those of the cloud's own, and of STS.
func cosHeaders() [][3]string {
	return [][3]string{
		{"pic-operations", "uploads: refused by name", "choice 409"},
		{"x-cos-acl", "uploads, PUT Bucket: the ACL of what is made", "COS docs: PUT Object; COS docs: PUT Bucket"},
		{"x-cos-callback", "uploads: refused by name", "choice 409"},
		{"x-cos-callback-var", "uploads: refused by name", "choice 409"},
		{"x-cos-content-sha1", "uploads: without effect, and a hint says so", "choice 410"},
		{"x-cos-copy-source", "PUT Object - Copy, Upload Part - Copy: what is copied", "COS docs: PUT Object - Copy; choice 69"},
		{"x-cos-copy-source-if-match", "copies: 412 when it does not hold", "COS docs: PUT Object - Copy"},
		{"x-cos-copy-source-if-modified-since", "copies: 412 when it does not hold", "COS docs: PUT Object - Copy"},
		{"x-cos-copy-source-if-none-match", "copies: 412 when it does not hold", "COS docs: PUT Object - Copy"},
		{"x-cos-copy-source-if-unmodified-since", "copies: 412 when it does not hold", "COS docs: PUT Object - Copy"},
		{"x-cos-copy-source-range", "Upload Part - Copy: the piece that is copied", "COS docs: Upload Part - Copy; choice 184"},
		{"x-cos-copy-source-server-side-encryption-customer-algorithm", "copies: refused by name", "cosemu's own limit: SSE-C is not there"},
		{"x-cos-copy-source-server-side-encryption-customer-key", "copies: refused, complete or not", "cosemu's own limit: SSE-C is not there; choice 433"},
		{"x-cos-copy-source-server-side-encryption-customer-key-md5", "copies: refused, complete or not", "cosemu's own limit: SSE-C is not there; choice 433"},
		{"x-cos-forbid-overwrite", "uploads, Initiate, Complete: 409 when the key is taken", "COS docs: PUT Object (newer versions of the page); choice 178"},
		{"x-cos-grant-full-control", "uploads, PUT Bucket, PUT acl: grants everything to the accounts it names", "COS docs: PUT Bucket acl"},
		{"x-cos-grant-read", "uploads, PUT Bucket, PUT acl: grants READ to the accounts it names", "COS docs: PUT Bucket acl"},
		{"x-cos-grant-read-acp", "uploads, PUT Bucket, PUT acl: grants READ_ACP to the accounts it names", "COS docs: PUT Bucket acl"},
		{"x-cos-grant-write", "uploads, PUT Bucket, PUT acl: grants WRITE, of buckets alone to the accounts it names", "COS docs: PUT Bucket acl; choice 221"},
		{"x-cos-grant-write-acp", "uploads, PUT Bucket, PUT acl: grants WRITE_ACP to the accounts it names", "COS docs: PUT Bucket acl"},
		{"x-cos-meta-*", "uploads: kept, and given back on download", "COS docs: PUT Object; choice 61"},
		{"x-cos-metadata-directive", "PUT Object - Copy: whether the source's metadata is kept", "COS docs: PUT Object - Copy"},
		{"x-cos-mfa", "uploads: without effect, and a hint says so", "choice 410"},
		{"x-cos-mime-limit", "uploads: refused by name", "choice 409"},
		{"x-cos-object-type", "uploads: without effect, and a hint says so", "choice 410"},
		{"x-cos-request-payer", "uploads: without effect, and a hint says so", "choice 410"},
		{"x-cos-return-body", "uploads: refused by name", "choice 409"},
		{"x-cos-security-token", "all: the token of a temporary key", "COS docs: 请求签名; choice 51"},
		{"x-cos-server-side-encryption-aws-kms-key-id", "uploads: refused by name", "choice 409"},
		{"x-cos-server-side-encryption-qcloud-kms-key-id", "uploads: refused by name", "choice 409"},
		{"x-cos-website-redirect-location", "uploads: without effect, and a hint says so", "choice 410"},
		{"x-cos-server-side-encryption", "uploads: `AES256` is answered, and nothing is encrypted; KMS is refused", "COS docs: 公共请求头部"},
		{"x-cos-server-side-encryption-context", "uploads: refused, with or without KMS", "cosemu's own limit: SSE-KMS is not there"},
		{"x-cos-server-side-encryption-cos-kms-key-id", "uploads: refused, with or without KMS", "cosemu's own limit: SSE-KMS is not there"},
		{"x-cos-server-side-encryption-customer-algorithm", "uploads, parts, copies: refused by name", "cosemu's own limit: SSE-C is not there"},
		{"x-cos-server-side-encryption-customer-key", "uploads, parts, copies: refused, complete or not", "cosemu's own limit: SSE-C is not there; choice 433"},
		{"x-cos-server-side-encryption-customer-key-md5", "uploads, parts, copies: refused, complete or not", "cosemu's own limit: SSE-C is not there; choice 433"},
		{"x-cos-storage-class", "uploads: one of the documented classes, in any case, as the bucket takes it; archives refuse downloads", "COS docs: 存储类型概述; COS docs: PUT Object; choice 405; choice 406; choice 407"},
		{"x-cos-tagging", "uploads, Initiate, copies, PUT Bucket: the tags of what is made", "COS docs: PUT Object; COS docs: PUT Bucket; choice 205"},
		{"x-cos-tagging-directive", "PUT Object - Copy: whether the source's tags are kept", "COS docs: PUT Object - Copy"},
		{"x-cos-traffic-limit", "GET, PUT, POST, Append Object, Upload Part: bits a second, in a form the field", "COS docs: 单链接限速; choice 200; choice 201"},
		{"x-tc-action", "STS, signature v3: the call", "STS docs: 公共参数"},
		{"x-tc-content-sha256", "STS, signature v3: the body may be unsigned", "sdk: tencentcloud-sdk-go common/http UNSIGNED-PAYLOAD"},
		{"x-tc-region", "STS, signature v3: must be there", "STS docs: 公共参数"},
		{"x-tc-timestamp", "STS, signature v3: at most 5 minutes off", "STS docs: 公共参数"},
		{"x-tc-token", "STS, signature v3: the token of a temporary key", "STS docs: 公共参数"},
		{"x-tc-version", "STS, signature v3: 2018-08-13", "STS docs: 公共参数"},
	}
}

// answerHeaders: name, when it is answered, source.
func answerHeaders() [][3]string {
	return [][3]string{
		{"accept-ranges", "GET, HEAD Object", "COS docs: GET Object"},
		{"access-control-allow-credentials", "beside a named origin", "COS docs: OPTIONS Object"},
		{"access-control-allow-headers", "preflight: the list asked for, or the rule's", "COS docs: OPTIONS Object; choice 136"},
		{"access-control-allow-methods", "the rule's methods", "COS docs: OPTIONS Object; choice 137"},
		{"access-control-allow-origin", "`*` or the origin; on refusals too", "COS docs: OPTIONS Object; choice 135"},
		{"access-control-expose-headers", "the rule's headers", "COS docs: OPTIONS Object; choice 137"},
		{"access-control-max-age", "the rule's seconds", "COS docs: OPTIONS Object; choice 137"},
		{"cache-control", "GET, HEAD Object: as stored, or response-cache-control", "COS docs: GET Object"},
		{"content-disposition", "GET, HEAD Object: as stored, or response-content-disposition", "COS docs: GET Object"},
		{"content-encoding", "GET, HEAD Object: as stored, or response-content-encoding", "COS docs: GET Object"},
		{"content-language", "GET, HEAD Object: as stored, or response-content-language", "COS docs: GET Object"},
		{"content-length", "all with a body", "COS docs: 公共响应头部; choice 179"},
		{"content-range", "206: the part and the whole", "COS docs: GET Object"},
		{"content-type", "objects: as stored, or response-content-type; documents and errors: application/xml", "COS docs: 公共响应头部; choice 60"},
		{"date", "all", "COS docs: 公共响应头部"},
		{"etag", "objects and parts: the MD5, quoted; of an object in parts with their number", "COS docs: 公共响应头部; choice 172"},
		{"expires", "GET, HEAD Object: as stored, or response-expires", "COS docs: GET Object"},
		{"last-modified", "GET, HEAD Object", "COS docs: GET Object"},
		{"location", "POST Object: where the object is, or the redirect", "COS docs: POST Object; choice 156"},
		{"server", "all: tencent-cos", "COS docs: 公共响应头部"},
		{"vary", "Origin, once the configuration asks for it", "COS docs: 设置跨域访问; choice 137"},
		{"x-amz-*", "S3 clients: what the x-cos-* header of that name says, where S3 has such a one", "choice 712"},
		{"x-cos-acl", "GET Object acl: default, where the bucket decides", "sdk: cos-nodejs-sdk-v5 getObjectAcl; choice 228"},
		{"x-cos-bucket-az-type", "HEAD Bucket: MAZ, of such a bucket alone", "COS docs: HEAD Bucket"},
		{"x-cos-bucket-region", "HEAD Bucket, GET Bucket", "COS docs: HEAD Bucket"},
		{"x-cos-content-sha1", "Append: the MD5 of what was appended", "sdk: cos-go-sdk-v5 object.go Append"},
		{"x-cos-copy-source-version-id", "copies: the version that was copied", "COS docs: PUT Object - Copy"},
		{"x-cos-delete-marker", "DELETE Object: a marker was made or removed", "COS docs: DELETE Object"},
		{"x-cos-error-code", "errors of HEAD", "choice 295; sdk: cos-go-sdk-v5 error.go reads it, of vector buckets"},
		{"x-cos-error-message", "errors of HEAD", "choice 295"},
		{"x-cos-hash-crc64ecma", "objects and parts: CRC-64 of the whole, also beside a range", "COS docs: CRC64 校验"},
		{"x-cos-meta-*", "GET, HEAD Object: as stored", "COS docs: GET Object"},
		{"x-cos-next-append-position", "Append: the length by now", "COS docs: APPEND Object"},
		{"x-cos-object-type", "GET, HEAD Object: appendable, of such an object alone", "COS docs: APPEND Object"},
		{"x-cos-request-id", "all: time, address, process, counter", "COS docs: 公共响应头部; choice 35"},
		{"x-cos-server-side-encryption", "uploads, GET, HEAD Object: as it was asked for", "COS docs: 公共响应头部"},
		{"x-cos-storage-class", "GET, HEAD Object: unless STANDARD; with InvalidObjectState", "COS docs: GET Object"},
		{"x-cos-tagging-count", "GET, HEAD Object: how many tags, of such an object alone", "sdk: cos-nodejs-sdk-v5 test/test.js, cos-js-sdk-v5 test/test.js"},
		{"x-cos-trace-id", "errors", "COS docs: 公共响应头部"},
		{"x-cos-version-id", "uploads, GET, HEAD, DELETE Object, Complete: the version, each call by its page", "COS docs: PUT Object; COS docs: Complete Multipart Upload; choice 215; choice 216"},
		{"x-cosemu-diagnosis", "refusals: why, in ids", "cosemu's own"},
		{"x-cosemu-verdict", "under `verify: report`: what the cloud would have answered", "cosemu's own"},
	}
}
