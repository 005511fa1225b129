package emulator

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/addr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// The hints. Never written.
var (
	hintPathStyle = diagnose.Hint{
		ID: "path-style",
		Sentence: diagnose.Text{
			En: "The bucket stands in the path. The cloud refuses that for buckets made since 2024 (403 PathStyleDomainForbidden).",
			Zh: "存储桶写在路径里（path-style）。2024 年起创建的存储桶，线上 COS 会拒绝这种请求（403 PathStyleDomainForbidden）。",
		},
		Advice: diagnose.Text{
			En: "In production use the host <bucket>.cos.<region>.myqcloud.com. To have cosemu refuse path style too: --strict-path-style.",
			Zh: "线上请使用域名 <bucket>.cos.<region>.myqcloud.com。要让 cosemu 也拒绝，请加 --strict-path-style。",
		},
	}
	hintFormData = diagnose.Hint{
		ID: "form-data",
		Sentence: diagnose.Text{
			En: "Content-Type is that of a form. PUT stores the body as it comes: of a form, the boundaries and field headers too.",
			Zh: "Content-Type 是表单的类型。PUT 会原样保存请求体：如果发的是表单，分隔行和字段头也会存进对象。",
		},
		Advice: diagnose.Text{
			En: "Send the file itself as the body (fetch: body: file; curl: -T file), or send the form by POST with a signed policy.",
			Zh: "请直接把文件作为请求体（fetch：body: file；curl：-T file），或者用 POST 发送带签名 policy 的表单。",
		},
	}
)

// hints are what there is to say of a request that was served.
func (c *call) hints() []*diagnose.Hint {
	var out []*diagnose.Hint
	if c.addr.Style == addr.PathStyle {
		out = append(out, &hintPathStyle)
	}
	if c.op.method == http.MethodPut && c.op.scope == scopeObject && isFormType(first(c.http.Header, "Content-Type")) {
		out = append(out, &hintFormData)
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
