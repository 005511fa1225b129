package policy

import "strings"

// Keys that a condition can look at (COS docs: 生效条件), besides those of
// request headers: cos:<header in lower case>.
const (
	KeyIP                  = "qcs:ip"
	KeyCurrentTime         = "qcs:current_time"
	KeyUIN                 = "qcs:uin"
	KeyOwnerUIN            = "qcs:owner_uin"
	KeyRequestTag          = "qcs:request_tag"
	KeyVPC                 = "vpc:requester_vpc"
	KeySecureTransport     = "cos:secure-transport"
	KeyTLSVersion          = "cos:tls-version"
	KeyContentLength       = "cos:content-length"
	KeyContentType         = "cos:content-type"
	KeyHost                = "cos:host"
	KeyStorageClass        = "cos:x-cos-storage-class"
	KeyACL                 = "cos:x-cos-acl"
	KeyVersionID           = "cos:versionid"
	KeyPrefix              = "cos:prefix"
	KeyResponseContentType = "cos:response-content-type"
)

// keyOf is the name under which a key is looked up: blanks around it do not
// count (choice 259), and two keys have a second spelling on the pages.
func keyOf(s string) string {
	switch s = strings.TrimSpace(s); s {
	case "cos:content_length": // 限制上传文件大小和类型
		return KeyContentLength
	case "qcs:vpc": // 生效条件
		return KeyVPC
	}
	return s
}

// isParam tells whether a key's value comes from a request parameter, which a
// policy must write URL-encoded (COS docs: 生效条件, 特殊字符需经过 urlencode).
func isParam(key string) bool {
	switch key {
	case KeyVersionID, KeyPrefix, KeyResponseContentType:
		return true
	}
	return false
}

// KnownKey tells whether some request can have the key. A condition on any
// other is one on a key that every request lacks (choice 253).
func KnownKey(key string) bool {
	switch key {
	case KeyIP, KeyCurrentTime, KeyUIN, KeyOwnerUIN, KeyRequestTag, KeyVPC, KeySecureTransport, KeyTLSVersion,
		KeyContentLength, KeyContentType, KeyHost, KeyVersionID, KeyPrefix, KeyResponseContentType:
		return true
	}
	return headerOf(key) != ""
}

// headerOf is the request header whose value a key has; "" when it has none.
// Of COS's own headers every one can be asked for: the pages list a few, and
// the cloud knows more by now (choice 267).
func headerOf(key string) string {
	name, ok := strings.CutPrefix(key, "cos:")
	if ok && (name == "content-type" || name == "host" || strings.HasPrefix(name, "x-cos-")) && name == strings.ToLower(name) {
		return name
	}
	return ""
}
