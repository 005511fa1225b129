package diagnose

import "github.com/cosemu/cosemu/signer"

// row is one line of the table: a mistake, how it is looked for, and whether it
// is one.
type row struct {
	id    ID
	means Text
	// attempt puts forward what the client may have signed instead.
	attempt func(*search)
	// observe gives what can be seen without computing anything.
	observe func(*evidence) []Finding
	// keyOnly: the attempts change the secret alone, and are worth making even
	// when that of the claim's own key is not known.
	keyOnly bool
}

// table is the one table of mistakes, in the order in which they are tried.
func table() []row {
	return []row{
		{id: OldAPI, observe: observeOldAPI, means: Text{"a request of the JSON API (v4)", "旧版 JSON API（v4）的请求"}},
		{id: HostMalformed, observe: observeHostMalformed, means: Text{"a host that COS does not have", "COS 没有这样的域名"}},
		{id: AWSSignature, observe: observeAWSClaim, means: Text{"an S3 signature that cannot be judged", "S3 签名无法校验"}},
		{id: AuthPrefix, means: Text{"a word before the signature", "签名前多了别的词"}},
		{id: QueryTwice, observe: observeTwice, means: Text{"the signature came twice", "请求带了两个签名"}},
		{id: KeySwapped, means: Text{"SecretId and SecretKey swapped", "SecretId 和 SecretKey 填反了"}},
		{id: KeyWhitespace, means: Text{"a SecretId with a blank, a line break or a quote", "SecretId 里有空格、换行或引号"}},
		{id: KeyFormat, observe: observeKeyFormat, means: Text{"a malformed SecretId", "SecretId 的格式不对"}},
		{id: KeyEmpty, observe: observeKeyEmpty, means: Text{"an empty SecretId", "SecretId 是空的"}},
		{id: FormPolicy, observe: observeFormPolicy, means: Text{"a form without a usable policy", "表单没有可用的 policy"}},
		{id: FormBase64, means: Text{"the base64 of a form's policy signed, not its JSON", "表单签名用了 policy 的 base64，没有用 JSON 原文"}},
		{id: Method, attempt: attemptMethod, means: Text{"signed for another method", "签名时用的是另一种请求方法"}},
		{id: Host, attempt: attemptHost, observe: observeHost, means: Text{"signed for another host, or with or without the port", "签名时是另一个域名，或多了、少了端口"}},
		{id: PathPlus, attempt: attemptPathPlus, means: Text{"a raw '+' in the path", "路径里有未编码的 “+”"}},
		{id: PathEncodedTwice, attempt: attemptPathTwice, means: Text{"the key encoded once too often in the URL", "URL 里的对象键多编码了一次"}},
		{id: PathNotEncoded, attempt: attemptPathRaw, means: Text{"the key encoded too little in the URL, or signed encoded", "URL 里的对象键少编码了一次，或签了编码后的路径"}},
		{id: PathSlash, attempt: attemptPathSlash, means: Text{"a slash of the path lost or added", "路径少了或多了斜杠"}},
		{id: PathBucket, attempt: attemptPathBucket, observe: observeBare, means: Text{"/<bucket> in or out of the signed path", "签名的路径多了或少了 /<bucket>"}},
		{id: TokenMissing, attempt: attemptTokenMissing, observe: observeTokenMissing, means: Text{"a temporary key without its token", "临时密钥没有带 Token"}},
		{id: TokenUnknown, attempt: attemptTokenUnknown, observe: observeTokenUnknown, means: Text{"a token of another key", "Token 不是这个密钥的"}},
		{id: TokenExpired, observe: observeTokenExpired, means: Text{"an expired temporary key", "临时密钥已过期"}},
		{id: TokenNotSigned, attempt: attemptTokenNotSigned, means: Text{"the lists and the signature disagree about the token", "签名列表与签名内容对 Token 的处理不一致"}},
		{id: HeaderValue, attempt: attemptHeaderValue, observe: observeHeaderValue, means: Text{"a signed header changed on the way", "签名后头部被改动"}},
		{id: TransferEncoding, observe: observeTransferEncoding, means: Text{"Content-Length signed, the body sent chunked", "签了 Content-Length，请求体却以 chunked 发送"}},
		{id: HeaderNotSent, attempt: attemptHeaderNotSent, observe: observeHeaderNotSent, means: Text{"a header listed as signed and not sent", "列为已签名的头部没有发送"}},
		{id: ParamValue, attempt: attemptParamValue, means: Text{"a signed parameter changed on the way", "签名后参数被改动"}},
		{id: ParamNotSent, attempt: attemptParamNotSent, observe: observeParamNotSent, means: Text{"a parameter listed as signed and not sent", "列为已签名的参数没有发送"}},
		{id: TextEncoding, attempt: attemptTextEncoding, means: Text{"hashed in another encoding than UTF-8", "签名时没有用 UTF-8 编码"}},
		{id: SecretWhitespace, attempt: attemptSecretBlank, means: Text{"the SecretKey with a stray blank, line break or quote", "SecretKey 多了空格、换行或引号"}},
		{id: SecretOther, attempt: attemptSecretOther, keyOnly: true, means: Text{"another known key's SecretKey", "用了另一个已知密钥的 SecretKey"}},
		{id: KeyUnknown, observe: observeKeyUnknown, means: Text{"an unknown SecretId", "SecretId 不存在"}},
		{id: ClockMoved, observe: observeClockMoved, means: Text{"the server's own clock is the cause", "原因在服务端自己的时钟"}},
		{id: TimeUnit, attempt: attemptTimeUnit, observe: observeTimeUnit, means: Text{"times that are not in whole seconds", "时间的单位不是整数秒"}},
		{id: TimeZone, observe: observeTimeZone, means: Text{"times off by a whole time zone", "时间差正好等于时区差"}},
		{id: Expired, observe: observeExpired, means: Text{"the signature has expired", "签名已过期"}},
		{id: NotYetValid, observe: observeNotYetValid, means: Text{"the signature is not valid yet", "签名还没有生效"}},
		{id: SignEncodedTwice, attempt: attemptTimesEncoded, means: Text{"the signature's own fields encoded once too often", "签名自身的字段多编码了一次"}},
		{id: Unsigned, observe: observeUnsigned, means: Text{"no signature at all", "没有签名"}},
		{id: SignatureFormat, attempt: attemptRecipes, observe: observeSignatureFormat, means: Text{"a signature that is missing, cut, or not made as documented", "签名缺失、被截断，或没有按文档生成"}},
		{id: BucketNoAppID, observe: observeNoAppID, means: Text{"the bucket without its APPID", "存储桶名称少了 APPID"}},
		{id: Region, observe: observeRegion, means: Text{"another region's host", "用了另一个地域的域名"}},
		{id: MD5Hex, observe: observeMD5Hex, means: Text{"Content-MD5 in hex", "Content-MD5 写成了十六进制"}},
		{id: AWSChecksum, observe: observeChecksum, means: Text{"a checksum of newer S3 clients, which COS does not take", "新版 S3 客户端附带的校验和，COS 不接受"}},
		{id: AWSChunk, observe: observeChunk, means: Text{"a body in signed chunks that is not as it was signed", "分块签名的请求体与签名时不一致"}},
		{id: BodyShort, observe: observeBodyShort, means: Text{"the body ended too early", "请求体提前结束"}},
		{id: CopySourceMissing, observe: observeCopySource, means: Text{"the source of a copy does not exist", "复制源不存在"}},
		{id: PolicyDenied, observe: observePolicy, means: Text{"a policy denied it, or none allowed it", "策略拒绝，或没有策略允许"}},
		{id: CORSNoRule, observe: observeCORS, means: Text{"no CORS rule fits", "没有匹配的 CORS 规则"}},
		{id: StrictSignature, observe: observeStrict, means: Text{"the bucket requires more to be signed", "存储桶要求签入更多内容"}},
		{id: Unknown, means: Text{"nothing proven, nothing observed", "没有证实，也没有看出原因"}},
	}
}

// Row is a line of the table as others see it.
type Row struct {
	// ID is that of a mistake, or where it is accepted that of a leniency
	// (signer.Leniency).
	ID string `json:"id"`
	// Accepted means that the request is let pass: it is no mistake here.
	Accepted bool `json:"accepted"`
	// Means says what it is.
	Means Text `json:"means"`
}

// Rows lists all mistakes and all leniencies. The leniencies are those of
// signer.Verify, and every search starts from them. So what is accepted is never
// reported as a mistake.
func Rows() []Row {
	mistakes := table()
	rows := make([]Row, 0, len(mistakes)+16)
	for i := range mistakes {
		rows = append(rows, Row{ID: string(mistakes[i].id), Means: mistakes[i].means})
	}
	for _, l := range signer.Leniencies() {
		rows = append(rows, Row{ID: l.ID, Accepted: true, Means: leniencyMeans(l)})
	}
	return rows
}

// leniencyMeans says what a leniency accepts; its English stands in signer.
func leniencyMeans(l signer.Leniency) Text {
	en := l.Means
	switch l.ID {
	case "plus-literal":
		return Text{En: en, Zh: "请求参数里未编码的 “+” 是加号，不是空格"}
	case "host-no-port":
		return Text{En: en, Zh: "签名时的域名不带端口，发送时带端口"}
	case "host-port-80":
		return Text{En: en, Zh: "签名时的域名带 :80，发送时不带端口"}
	case "host-port-443":
		return Text{En: en, Zh: "签名时的域名带 :443，发送时不带端口"}
	case "host-local-port":
		return Text{En: en, Zh: "签名时的域名带本服务的监听端口，发送时不带端口"}
	case "host-colon":
		return Text{En: en, Zh: "签名时端口前的冒号没有编码"}
	case "path-no-bucket":
		return Text{En: en, Zh: "签名的路径里没有存储桶，发送的路径里有"}
	case "token-in-query":
		return Text{En: en, Zh: "Token 按头部签名，作为参数发送"}
	}
	return same(en)
}
