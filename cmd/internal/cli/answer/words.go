package answer

import "github.com/cosemu/cosemu/signer/diagnose"

// The words of a page. Never written.
var (
	wordAccepted     = diagnose.Text{En: "Accepted: %d. Nothing is wrong with it.", Zh: "已接受：%d，没有问题。"}
	wordSilent       = diagnose.Text{En: "No answer: a planned fault closed the connection.", Zh: "没有响应：安排的故障关闭了连接。"}
	wordRefused      = diagnose.Text{En: "Refused: %s", Zh: "被拒绝：%s"}
	wordReported     = diagnose.Text{En: "Served, because of verify: report; the cloud would have refused it: %s", Zh: "因为 verify: report 照常处理；线上 COS 会拒绝：%s"}
	wordWouldRefuse  = diagnose.Text{En: "It would be refused: %s", Zh: "会被拒绝：%s"}
	wordCloudRefused = diagnose.Text{En: "The cloud refused it: %s", Zh: "线上 COS 拒绝了它：%s"}
	wordNothingWrong = diagnose.Text{En: "Nothing is wrong: the signature is right, and the time too.", Zh: "没有问题：签名正确，时间也在有效期内。"}
	wordNothingSeen  = diagnose.Text{En: "Nothing wrong can be seen. The signature itself was not checked.", Zh: "看不出问题。签名本身没有校验。"}
	wordNoFinding    = diagnose.Text{
		En: "The code says it all: there is no mistake of signing, address or rights behind it.",
		Zh: "错误码已经说明了原因：背后没有签名、地址或权限方面的错误。",
	}
	wordOmitted = diagnose.Text{
		En: "The request was too large to be kept whole: %d headers and %d parameters are left out, and long texts are cut.",
		Zh: "请求过大，没有全部保留：略去了 %d 个头部和 %d 个参数，过长的文本已截断。",
	}
	wordNoStrings = diagnose.Text{
		En: "The body alone does not say why. Give its FormatString and StringToSign too, or the request: its URL or curl command.",
		Zh: "仅凭这段内容看不出原因。请把其中的 FormatString 和 StringToSign 也给出，或者给出请求：URL 或 curl 命令。",
	}
	wordNoSecret = diagnose.Text{
		En: "Without a SecretKey nothing can be proven about the signature. Set COSEMU_SECRET_KEY to that of %s, or give --prove and be asked for it.",
		Zh: "没有 SecretKey 就无法证实签名哪里不对。请把 COSEMU_SECRET_KEY 设为 %s 的 SecretKey，或者加上 --prove 按提示输入。",
	}
	wordSigned      = diagnose.Text{En: "signed", Zh: "签名的内容"}
	wordArrived     = diagnose.Text{En: "arrived", Zh: "实际收到"}
	wordReceived    = diagnose.Text{En: "the cloud received", Zh: "线上 COS 收到的"}
	wordThisRequest = diagnose.Text{En: "this request", Zh: "这个请求"}
	wordRequestID   = diagnose.Text{En: "RequestId", Zh: "RequestId"}
	wordAt          = diagnose.Text{En: "judged at", Zh: "判定时间"}
	wordOperation   = diagnose.Text{En: "operation", Zh: "操作"}
	wordSecretID    = diagnose.Text{En: "SecretId", Zh: "SecretId"}
	wordValid       = diagnose.Text{En: "valid", Zh: "有效期"}
	wordKeyValid    = diagnose.Text{En: "key valid", Zh: "密钥有效期"}
	wordTolerated   = diagnose.Text{En: "tolerated", Zh: "容许的偏差"}
	wordResource    = diagnose.Text{En: "Resource", Zh: "Resource"}
	wordServerTime  = diagnose.Text{En: "ServerTime", Zh: "ServerTime"}
)
