package policy

import "strings"

// Keys that a condition can look at (COS docs: 生效条件), besides those of
// request headers: cos:<header in lower case>.
const (
	keyIP                  = "qcs:ip"
	keyCurrentTime         = "qcs:current_time"
	keyUIN                 = "qcs:uin"
	keyOwnerUIN            = "qcs:owner_uin"
	keyRequestTag          = "qcs:request_tag"
	keyVPC                 = "vpc:requester_vpc"
	keySecureTransport     = "cos:secure-transport"
	keyTLSVersion          = "cos:tls-version"
	keyContentLength       = "cos:content-length"
	keyContentType         = "cos:content-type"
	keyHost                = "cos:host"
	keyStorageClass        = "cos:x-cos-storage-class"
	keyACL                 = "cos:x-cos-acl"
	keyVersionID           = "cos:versionid"
	keyPrefix              = "cos:prefix"
	keyResponseContentType = "cos:response-content-type"
)

// keyOf is the name under which a key is looked up. Blanks around it are ignored
// (choice 259), and the pages spell two keys in two ways.
func keyOf(s string) string {
	switch s = strings.TrimSpace(s); s {
	case "cos:content_length": // 限制上传文件大小和类型
		return keyContentLength
	case "qcs:vpc": // 生效条件
		return keyVPC
	}
	return s
}

// isParam reports whether a key's value comes from a request parameter, which a
// policy must write URL-encoded (COS docs: 生效条件, 特殊字符需经过 urlencode).
func isParam(key string) bool {
	switch key {
	case keyVersionID, keyPrefix, keyResponseContentType:
		return true
	}
	return false
}

// knownKey reports whether a request can have the key. Every request lacks any
// other key (choice 253).
func knownKey(key string) bool {
	switch key {
	case keyIP, keyCurrentTime, keyUIN, keyOwnerUIN, keyRequestTag, keyVPC, keySecureTransport, keyTLSVersion,
		keyContentLength, keyContentType, keyHost, keyVersionID, keyPrefix, keyResponseContentType:
		return true
	}
	return headerOf(key) != ""
}

// headerOf is the request header that a key stands for; "": none. Every header of
// COS is a key: the pages list only a few (choice 267).
func headerOf(key string) string {
	name, ok := strings.CutPrefix(key, "cos:")
	if ok && (name == "content-type" || name == "host" || strings.HasPrefix(name, "x-cos-")) && name == strings.ToLower(name) {
		return name
	}
	return ""
}
