package diagnose

var (
	wordsAWSSignature = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: `The signature is right, but not as it was written: "{signed}" arrived as "{arrived}".`,
			Zh: "签名的值是对的，但传输中变了样：“{signed}” 到达时是 “{arrived}”。",
		},
		Advice: Text{
			En: "Send the signature as the SDK writes it. In a URL its '+', '/' and '=' are percent-encoded once.",
			Zh: "请原样发送 SDK 生成的签名。在 URL 里，其中的 “+”“/”“=” 要编码一次。",
		},
	}
	wordsAWSPathTwice = Message{
		ID: PathNotEncoded,
		Sentence: Text{
			En: `The path was encoded twice for signing, "{signed}"; S3 signs it encoded once, "{arrived}".`,
			Zh: "签名时路径编码了两次 “{signed}”，S3 只编码一次 “{arrived}”。",
		},
		Advice: Text{
			En: "Sign with a client of S3: signers of other AWS services encode the path twice (uriEscapePath: false, DisableURIPathEscaping, doubleUrlEncode).",
			Zh: "请用 S3 的客户端签名：AWS 其他服务的签名器会把路径编码两次（uriEscapePath: false、DisableURIPathEscaping、doubleUrlEncode）。",
		},
	}
	wordsAWS2PathRaw = Message{
		ID: PathNotEncoded,
		Sentence: Text{
			En: `Signature V2 covers the path as it is sent: signed "{signed}", arrived as "{arrived}".`,
			Zh: `V2 签名的是路径发送时的样子：签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Percent-encode the key once, and sign the very path that goes into the request. Keep proxies from decoding it.",
			Zh: "对象键编码一次，并对请求里实际使用的路径签名。不要让代理对它解码。",
		},
	}
	wordsAWSPathSlashes = Message{
		ID: PathNotEncoded,
		Sentence: Text{
			En: `The slashes of the key were signed as %2F, "{signed}"; they are signed as they are, "{arrived}".`,
			Zh: "签名时把对象键里的斜杠写成了 %2F：“{signed}”，应该保留斜杠：“{arrived}”。",
		},
		Advice: Text{
			En: "Encode each segment of the key by itself, and leave the slashes alone.",
			Zh: "请逐段编码对象键，保留斜杠。",
		},
	}
	wordsAWS2NoBucket = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `CanonicalizedResource was signed as "{signed}", without the bucket; signature V2 wants "{arrived}".`,
			Zh: `签名时的 CanonicalizedResource 是 “{signed}”，没有存储桶；V2 签名要求 “{arrived}”。`,
		},
		Advice: wordsAWS2BucketAdvice,
	}
	wordsAWS2BucketTwice = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `CanonicalizedResource was signed as "{signed}", with the bucket twice; signature V2 wants "{arrived}".`,
			Zh: `签名时的 CanonicalizedResource 是 “{signed}”，存储桶写了两次；V2 签名要求 “{arrived}”。`,
		},
		Advice: wordsAWS2BucketAdvice,
	}
	wordsAWS2Bucket = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `CanonicalizedResource was signed as "{signed}", which does not name the bucket as COS does; signature V2 wants "{arrived}".`,
			Zh: `签名时的 CanonicalizedResource 是 “{signed}”，其中的存储桶名称与 COS 的不同；V2 签名要求 “{arrived}”。`,
		},
		Advice: wordsAWS2BucketAdvice,
	}
	wordsAWS2BucketAdvice = Text{
		En: "V2 signs /<bucket>/<key> at every address: where the host names the bucket it is put before the path, where the path has it already the path is signed as it is. The bucket is the full name, <name>-<APPID>. A client that cannot do so can sign with V4.",
		Zh: "V2 签名在任何地址都签 /<存储桶>/<对象键>：域名里有存储桶时，要在路径前补上；路径里已经有时，路径照原样签。存储桶用完整名称 <名称>-<APPID>。客户端做不到时请改用 V4。",
	}
	wordsAWSNotSent = Message{
		Sentence: Text{
			En: `{name} was signed as "{signed}", and did not arrive.`,
			Zh: "{name} 签名时是 “{signed}”，请求里却没有。",
		},
		Advice: Text{
			En: "Send {name}: {signed} with the request, or do not sign it.",
			Zh: "请带上 {name}: {signed}，或不要签入。",
		},
	}
	wordsAWSAdded = Message{
		Sentence: Text{
			En: `{name} arrived as "{arrived}", and was not there when the request was signed.`,
			Zh: "请求带了 {name}（“{arrived}”），签名时却没有它。",
		},
		Advice: Text{
			En: "S3 signatures cover it: leave {name} out, or sign the request with it.",
			Zh: "S3 签名会包含它：请去掉 {name}，或签名时就带上它。",
		},
	}
	wordsAWSScope = Message{
		ID: AWSSignature,
		Sentence: Text{
			En: `The signing key was made for "{signed}", and the credential scope says "{arrived}".`,
			Zh: "签名密钥是按 “{signed}” 算的，而 Credential 里写的是 “{arrived}”。",
		},
		Advice: Text{
			En: "Use the same day, region and service for the signing key and for the credential.",
			Zh: "计算签名密钥和书写 Credential 时，请用相同的日期、地域和服务。",
		},
	}
)
