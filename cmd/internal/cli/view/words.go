package view

// The words of a page. Never written.
var (
	wordFix       = Text{En: "Fix: ", Zh: "解决："}
	wordProven    = Text{En: ", proven: with this undone, the signature that came is the right one", Zh: "，已证实：还原之后，算出的正是收到的签名"}
	wordSeen      = Text{En: ", seen, not proven", Zh: "，观察所得，未经证实"}
	wordHint      = Text{En: ", a hint: the request was served", Zh: "，提示：请求已正常处理"}
	wordAlso      = Text{En: "Also", Zh: "另外"}
	wordChecks    = Text{En: "Checks", Zh: "检查"}
	wordDetails   = Text{En: "Details", Zh: "详情"}
	wordUnchecked = Text{En: "not checked", Zh: "未检查"}
	wordMethod    = Text{En: "method", Zh: "方法"}
	wordPath      = Text{En: "path", Zh: "路径"}
	wordParams    = Text{En: "params", Zh: "参数"}
	wordHeaders   = Text{En: "headers", Zh: "头部"}
	wordTime      = Text{En: "time", Zh: "时间"}
	wordHash      = Text{En: "SHA-1", Zh: "SHA-1"}
	wordAbsent    = Text{En: "(not there)", Zh: "（没有）"}
	wordEmpty     = Text{En: "(none)", Zh: "（空）"}
)

// checkName is the name of a check as it is shown; an unknown one is shown as
// it is.
func checkName(name string) Text {
	for _, t := range []Text{
		{En: "key", Zh: "密钥"},
		{En: "time", Zh: "时间"},
		{En: "signature", Zh: "签名"},
		{En: "bucket", Zh: "存储桶"},
		{En: "permission", Zh: "权限"},
		{En: "operation", Zh: "操作"},
		{En: "preflight", Zh: "预检"},
		{En: "body", Zh: "请求体"},
		{En: "address", Zh: "地址"},
		{En: "form", Zh: "表单"},
		{En: "referer", Zh: "防盗链"},
		{En: "proxy", Zh: "代理"},
	} {
		if t.En == name {
			return t
		}
	}
	return Text{En: name, Zh: name}
}
