package record

import (
	"net/http"
	"path"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/ops"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// What is said of requests that were served.
var (
	wordsHintPathStyle = diagnose.Message{
		ID: "path-style",
		Sentence: diagnose.Text{
			En: "The bucket is in the path (path-style). The cloud refuses that for buckets created since 2024 (403 PathStyleDomainForbidden).",
			Zh: "存储桶写在路径里（path-style）。2024 年起创建的存储桶，线上 COS 会拒绝这种请求（403 PathStyleDomainForbidden）。",
		},
		Advice: diagnose.Text{
			En: "In production use the host <bucket>.cos.<region>.myqcloud.com. To have cosemu refuse path style too: --strict-path-style.",
			Zh: "线上请使用域名 <bucket>.cos.<region>.myqcloud.com。要让 cosemu 也拒绝，请加 --strict-path-style。",
		},
	}
	wordsHintAuthorization = diagnose.Message{
		ID: "two-carriers",
		Sentence: diagnose.Text{
			En: "The request has a signature in its URL, and an Authorization header that is not a COS signature. So the one in the URL was checked.",
			Zh: "URL 里有签名，请求还带了 Authorization 头部。该头部不是 COS 签名，因此以 URL 里的为准。",
		},
		Advice: diagnose.Text{
			En: "Leave the header out (axios and others add one to every request): the cloud may judge it instead of the URL.",
			Zh: "请不要带这个头部（axios 等可能给每个请求都加上）：线上 COS 可能按它判断，而不是按 URL。",
		},
	}
	wordsHintKeyFolded = diagnose.Message{
		ID: "key-folded",
		Sentence: diagnose.Text{
			En: "The object's key consists of slashes and dots only. SDKs refuse to download such a key, because the cloud takes its path for the bucket itself.",
			Zh: "对象键只由斜杠和点组成。各 SDK 会拒绝下载这样的对象：线上 COS 会把这个路径当作存储桶本身。",
		},
		Advice: diagnose.Text{
			En: "Give the object a name. An empty variable in the client is the usual cause.",
			Zh: "请给对象起一个名字。常见原因是客户端里的变量为空。",
		},
	}
	wordsHintFormData = diagnose.Message{
		ID: "form-data",
		Sentence: diagnose.Text{
			En: "Content-Type is a form's. PUT stores the body unchanged: if it is a form, with its boundaries and field headers.",
			Zh: "Content-Type 是表单的类型。PUT 会原样保存请求体：如果发的是表单，分隔行和字段头也会存进对象。",
		},
		Advice: diagnose.Text{
			En: "Send the file itself as the body (fetch: body: file; curl: -T file), or send the form by POST with a signed policy.",
			Zh: "请直接把文件作为请求体（fetch：body: file；curl：-T file），或者用 POST 发送带签名 policy 的表单。",
		},
	}
	wordsHintPlaceholder = diagnose.Message{
		ID: "placeholder",
		Sentence: diagnose.Text{
			En: "The object's key contains the placeholder {name}.",
			Zh: "对象键里还有占位符 {name}。",
		},
		Advice: diagnose.Text{
			En: "Check why the client did not fill it in. Only a form replaces ${filename}; a PUT stores the key as it comes.",
			Zh: "请检查客户端为什么没有替换。只有表单上传会替换 ${filename}，PUT 会原样使用对象键。",
		},
	}
)

var wordsHintWithoutEffect = diagnose.Message{
	ID: "header-without-effect",
	Sentence: diagnose.Text{
		En: "The upload was stored as if these headers had not been sent: {detail}.",
		Zh: "对象已保存，但以下头部没有起作用：{detail}。",
	},
	Advice: diagnose.Text{
		En: "cosemu does nothing with them. Check in the cloud what depends on them.",
		Zh: "cosemu 不处理这些头部。依赖它们的功能请在线上 COS 验证。",
	},
}

// hintsOf are what there is to say of a request that was served.
func hintsOf(c *call.Call) []*diagnose.Hint {
	var out []*diagnose.Hint
	if c.Addr.Style == addr.PathStyle {
		out = append(out, wordsHintPathStyle.Hint(diagnose.Values{}))
	}
	if c.Op.Method == http.MethodPut && c.Op.Scope == call.Object && isFormType(call.First(c.HTTP.Header, "Content-Type")) {
		out = append(out, wordsHintFormData.Hint(diagnose.Values{}))
	}
	if c.HTTP.Method == http.MethodPut && c.Op.Scope == call.Object {
		if t := diagnose.Placeholder(c.Request.Path); t != "" {
			out = append(out, wordsHintPlaceholder.Hint(diagnose.Values{Name: t}))
		}
	}
	if c.Op.Scope == call.Object && path.Clean("/"+c.Key()) == "/" { // choice 411
		out = append(out, wordsHintKeyFolded.Hint(diagnose.Values{}))
	}
	if c.Op.Is(call.Upload) {
		if names := ops.WithoutEffect(c.UploadHeader()); len(names) > 0 {
			list := strings.Join(names, ", ")
			out = append(out, wordsHintWithoutEffect.Hint(diagnose.Values{Detail: diagnose.Text{En: list, Zh: list}}))
		}
	}
	if c.Who.Claim != nil && c.Who.Claim.Carrier != signer.CarrierHeader && c.Who.Claim.Carrier != signer.CarrierForm && call.First(c.HTTP.Header, "Authorization") != "" {
		out = append(out, wordsHintAuthorization.Hint(diagnose.Values{}))
	}
	return out
}

// hintIDs are the ids of hints, joined by commas.
func hintIDs(hints []*diagnose.Hint) string {
	if len(hints) == 1 {
		return hints[0].ID // as it nearly always is
	}
	ids := make([]string, len(hints))
	for i, h := range hints {
		ids[i] = h.ID
	}
	return strings.Join(ids, ",")
}

// isFormType tells whether a Content-Type is one that only forms have.
func isFormType(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "multipart/form-data", "application/x-www-form-urlencoded":
		return true
	}
	return false
}
