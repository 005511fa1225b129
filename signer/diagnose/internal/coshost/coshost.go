// Package coshost knows the host names of COS, and what comes near one.
package coshost

import (
	"net"
	"regexp"
	"strings"
)

// Domains are the ends of the cloud's host names.
func Domains() []string {
	return []string{".myqcloud.com", ".tencentcos.cn"}
}

// Regions are those of the COS docs, 地域和访问域名.
func Regions() []string {
	return []string{
		"ap-guangzhou", "ap-shanghai", "ap-beijing", "ap-chengdu", "ap-nanjing", "ap-chongqing", "ap-hongkong",
		"ap-singapore", "ap-beijing-1", "ap-shenzhen-fsi", "ap-shanghai-fsi", "ap-beijing-fsi", "ap-mumbai",
		"ap-jakarta", "ap-seoul", "ap-bangkok", "ap-tokyo", "na-siliconvalley", "na-ashburn", "na-toronto",
		"sa-saopaulo", "eu-frankfurt", "eu-moscow",
	}
}

// WithoutPort is a host without its port.
func WithoutPort(host string) string {
	if h, port, err := net.SplitHostPort(host); err == nil && port != "" {
		return h
	}
	return host
}

// Port is the port of a host; empty: it has none.
func Port(host string) string {
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		return ""
	}
	return port
}

// HasAppID reports whether a bucket's name ends in "-" and an APPID.
func HasAppID(bucket string) bool {
	i := strings.LastIndexByte(bucket, '-')
	id := bucket[i+1:]
	return i > 0 && len(id) >= 5 && strings.Trim(id, "0123456789") == ""
}

// OldRegion is what a region of 2017 is called today (COS docs: 地域和访问域名, 可用
// 地域与 JSON API 的对应). Empty: it is none.
func OldRegion(label string) string {
	switch label {
	case "cn-north", "tj", "costj", "bj", "cosbj":
		return "ap-beijing"
	case "cn-east", "sh", "cossh":
		return "ap-shanghai"
	case "cn-south", "gz", "cosgz":
		return "ap-guangzhou"
	case "cn-southwest", "cd", "coscd":
		return "ap-chengdu"
	case "sg", "sgp", "cossgp":
		return "ap-singapore"
	case "hk", "coshk":
		return "ap-hongkong"
	case "ca", "cosca":
		return "na-toronto"
	case "ger", "cosger":
		return "eu-frankfurt"
	}
	return ""
}

// IsRegion reports whether a label has the form of a region's name.
func IsRegion(label string) bool { return regionForm.MatchString(label) }

var regionForm = regexp.MustCompile(`^(ap|na|eu|sa|me|af)-[a-z]+(-[a-z0-9]+)*$`)

// CutDomain splits off the domain of a COS host name.
func CutDomain(host string) (sub, domain string, ok bool) {
	for _, d := range Domains() {
		if sub, ok := strings.CutSuffix(host, d); ok {
			return sub, d, true
		}
	}
	return host, "", false
}

// SlipOfDomain reports whether a domain is a usual misspelling of COS's domains.
func SlipOfDomain(d string) bool {
	switch d {
	case "mycloud.com", "qcloud.com", "myqcloud.cn", "myqcloud.com.cn", "myqcloud", "tencentcos.com", "tencentcloud.com", "tencent.com", "mqcloud.com":
		return true
	}
	return false
}
