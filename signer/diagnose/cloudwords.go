package diagnose

// The messages about errors of the cloud.
var (
	wordsCloudDiff = Message{
		Sentence: Text{
			En: `{name}: this request has "{signed}", the cloud received "{arrived}".`,
			Zh: `{name}：这个请求是 “{signed}”，线上 COS 收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "It changed after signing, on its way to the cloud: check the HTTP library, browser or proxy in between, or sign what is really sent.",
			Zh: "它在签名之后、到达线上 COS 之前变了：检查中间的 HTTP 库、浏览器或代理，或者按实际发送的内容签名。",
		},
	}
	wordsCloudLost = Message{
		Sentence: Text{
			En: "{name} was signed, but the cloud did not receive it.",
			Zh: "{name} 参与了签名，线上 COS 却没有收到。",
		},
		Advice: wordsCloudDiff.Advice,
	}
	wordsCloudOtherRequest = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The body belongs to another request: its q-sign-time is {arrived}, this request's is {signed}.",
			Zh: "这段响应不是这个请求的：它的 q-sign-time 是 {arrived}，这个请求的是 {signed}。",
		},
		Advice: Text{
			En: "Copy the request and the body of one and the same attempt.",
			Zh: "请复制同一次请求的 URL 和响应。",
		},
	}
	wordsCloudSame = Message{
		ID: Unknown,
		Sentence: Text{
			En: "The cloud received exactly this request, so nothing changed on the way: something else was signed, or another SecretKey was used.",
			Zh: "线上 COS 收到的与这个请求一致，途中没有变化：签名时的内容不同，或者用了另一个 SecretKey。",
		},
		Advice: Text{
			En: "Provide the SecretKey to get proof, or compare FormatString line by line with what the client signs.",
			Zh: "提供 SecretKey 就能证实原因；也可以把 FormatString 与客户端签名的内容逐行对照。",
		},
	}
	wordsCloudAlone = Message{
		ID:       Unknown,
		Sentence: Text{En: "The signature does not match what the cloud received.", Zh: "签名与线上 COS 收到的内容不符。"},
		Advice: Text{
			En: "Compare FormatString line by line with what the client signs; paste the request's URL and headers too, and cosemu compares them.",
			Zh: "请把 FormatString 与客户端签名的内容逐行对照；提供请求的 URL 和头部，这里就能对照。",
		},
	}
	wordsCloudSecret = Message{
		ID: SecretOther,
		Sentence: Text{
			En: "Signing what the cloud received with the SecretKey given here gives exactly the signature that was sent. So the cloud has another SecretKey for this SecretId.",
			Zh: "用这里提供的 SecretKey 对线上 COS 收到的内容签名，得到的正是发送的签名：说明线上 COS 里这个 SecretId 对应的是另一个 SecretKey。",
		},
		Advice: Text{
			En: "Compare SecretId and SecretKey with Tencent's console: they are not a pair, or the key was replaced.",
			Zh: "请在控制台核对 SecretId 和 SecretKey：两者不是一对，或者密钥已经更换。",
		},
	}
	wordsCloudKey = Message{
		ID:       KeyUnknown,
		Sentence: Text{En: "The cloud does not know this SecretId.", Zh: "线上 COS 没有这个 SecretId。"},
		Advice: Text{
			En: "Look for a typing error or a deleted key; a temporary key also needs its token (x-cos-security-token).",
			Zh: "检查是否写错或密钥已删除；临时密钥还需要带上 Token（x-cos-security-token）。",
		},
	}
	wordsCloudKeyFormat = Message{
		ID: KeyFormat,
		Sentence: Text{
			En: "The cloud says that this SecretId is malformed.",
			Zh: "线上 COS 认为这不是一个 SecretId：格式不对。",
		},
		Advice: Text{
			En: "A SecretId begins with AKID and has letters and digits alone. Look for a blank, a placeholder, an empty variable, or the SecretKey in its place.",
			Zh: "SecretId 以 AKID 开头，只有字母和数字。请检查是否多了空格、是否还是占位符、变量是否为空，或者填成了 SecretKey。",
		},
	}
	wordsCloudExpired = Message{
		ID:       Expired,
		Sentence: Text{En: "The signature had expired when the request arrived.", Zh: "请求到达时签名已过期。"},
		Advice:   wordsExpired.Advice,
	}
	wordsCloudSkewed = Message{
		ID: NotYetValid,
		Sentence: Text{
			En: "The client's clock and the cloud's are more than 15 minutes apart.",
			Zh: "客户端的时钟与线上 COS 相差超过 15 分钟。",
		},
		Advice: wordsNotYet.Advice,
	}
	wordsCloudDenied = Message{
		ID: PolicyDenied,
		Sentence: Text{
			En: "The key is valid, but it has no permission for this operation.",
			Zh: "密钥有效，但无此操作权限。",
		},
		Advice: wordsPolicyMissing[AnyPolicy].Advice,
	}
	wordsCloudDeniedAlone = Message{
		ID: PolicyDenied,
		Sentence: Text{
			En: "Nothing allows this operation: no policy of the key, or, if the request was not signed, neither the ACL nor the bucket's policy.",
			Zh: "没有任何授权允许此操作：密钥的策略没有允许；如果请求没有签名，则是 ACL 和存储桶策略没有允许匿名访问。",
		},
		Advice: Text{
			En: "Signed: allow this action on this resource in the key's policy (for a temporary key: in the policy given to STS). Not signed: sign it, or open the object (public-read).",
			Zh: "如果请求带了签名：请在密钥的策略里允许对该资源的这个操作（临时密钥则是申请时交给 STS 的策略）。如果没有签名：请签名，或把对象设为公有读（public-read）。",
		},
	}
	wordsCloudStrict = Message{
		ID: StrictSignature,
		Sentence: Text{
			En: "The bucket's strict signature rules require more to be signed: {arrived}",
			Zh: "存储桶的严格签名规则要求签入更多内容：{arrived}",
		},
		Advice: Text{
			En: "Sign the headers and parameters that the bucket's rule names.",
			Zh: "请签入存储桶规则里列出的头部和参数。",
		},
	}
	wordsCloudPathStyle = Message{
		ID: PathStyle,
		Sentence: Text{
			En: "The bucket is in the path (path-style). The cloud accepts that only for buckets created before 2024.",
			Zh: "存储桶写在路径里（path-style）。只有 2024 年以前创建的存储桶，线上 COS 才接受这种请求。",
		},
		Advice: Text{
			En: "Use the host <bucket>.cos.<region>.myqcloud.com. S3 clients call it virtual-hosted addressing: addressing_style = virtual (boto3), forcePathStyle: false (aws-sdk), force_path_style = false (rclone).",
			Zh: "请使用域名 <bucket>.cos.<region>.myqcloud.com。S3 客户端称为 virtual-hosted：boto3 用 addressing_style = virtual，aws-sdk 用 forcePathStyle: false，rclone 用 force_path_style = false。",
		},
	}
	wordsCloudCondition = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: `The form does not meet its policy's condition on {name}: the value must be "{signed}".`,
			Zh: `表单不满足 policy 里关于 {name} 的条件：要求的值是 “{signed}”。`,
		},
		Advice: wordsFormUnmetAdvice,
	}
	wordsCloudPolicyOver = Message{
		ID:       Expired,
		Sentence: Text{En: "The form's policy had expired when the form arrived.", Zh: "表单到达时 policy 已过期。"},
		Advice:   wordsFormExpired.Advice,
	}
	wordsCloudPolicyLacks = Message{
		ID: FormPolicy,
		Sentence: Text{
			En: "The form's policy is missing, cannot be read, or lacks a condition on q-sign-algorithm, q-ak or q-sign-time.",
			Zh: "表单缺少 policy，或者 policy 无法读取，或者缺少关于 q-sign-algorithm、q-ak、q-sign-time 的条件。",
		},
		Advice: wordsFormCondition.Advice,
	}
	wordsCloudCORS = Message{
		ID: CORSNoRule,
		Sentence: Text{
			En: "No CORS rule of the bucket fits the browser's request.",
			Zh: "存储桶没有与浏览器请求匹配的 CORS 规则。",
		},
		Advice: wordsCORSNone.Advice,
	}
)
