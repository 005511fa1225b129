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
	t := Text{En: name, Zh: name}
	switch name {
	case "key":
		t.Zh = "密钥"
	case "time":
		t.Zh = "时间"
	case "signature":
		t.Zh = "签名"
	case "bucket":
		t.Zh = "存储桶"
	case "permission":
		t.Zh = "权限"
	case "operation":
		t.Zh = "操作"
	case "preflight":
		t.Zh = "预检"
	case "body":
		t.Zh = "请求体"
	case "address":
		t.Zh = "地址"
	case "form":
		t.Zh = "表单"
	case "referer":
		t.Zh = "防盗链"
	case "proxy":
		t.Zh = "代理"
	}
	return t
}
